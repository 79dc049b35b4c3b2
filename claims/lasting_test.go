package claims

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// by is a change of node a that a step of the plan requested.
func by(step int, at time.Duration, what string) results.Change {
	return results.Change{At: at, Node: "a", What: what, Step: &step}
}

// byHand is a change of node a that no step requested.
func byHand(at time.Duration, what string) results.Change {
	return results.Change{At: at, Node: "a", What: what}
}

// fault3to6 is a run with a fault of that name, in effect from T+3 to T+6.
func fault3to6(name string, meters ...results.Meter) *results.Run {
	r := specimen("read", 300, 9*time.Second)
	f := &r.Faults[0]
	f.Name, f.Meters, f.Ended = name, meters, 6*time.Second+time.Millisecond
	f.Asked, f.Effect, f.Healing = 3*time.Second, 3*time.Second+100*time.Microsecond, 6*time.Second
	return r
}

// TestAFaultLastsUntilItsUndo checks that a fault that ends before its undo,
// for any reason, fails the proof.
func TestAFaultLastsUntilItsUndo(t *testing.T) {
	const sec = time.Second
	packets := results.Meter{Node: "a", Peer: "b", Counts: "packets", Effect: 3, Undo: 300}
	held := results.Meter{Node: "a", Counts: "ns", Effect: 3, Undo: 300}
	for _, c := range []struct {
		name string
		run  *results.Run
		did  []results.Change
		want string // part of the reason; "": it lasted
	}{
		{"kill", fault3to6("kill"), []results.Change{by(0, 3*sec, "die"), by(0, 6*sec+1, "start")}, ""},
		{"kill, started by hand", fault3to6("kill"), []results.Change{by(0, 3*sec, "die"), byHand(5*sec, "start")}, "it ended at T+05.000, before its undo: a was started; no step asked for it"},
		{"kill, started at the instant of its undo", fault3to6("kill"), []results.Change{byHand(6*sec, "start")}, ""},
		{"kill, started just before its undo", fault3to6("kill"), []results.Change{byHand(6*sec-1, "start")}, "it ended at T+06.000"},
		{"kill, started as it was asked for", fault3to6("kill"), []results.Change{byHand(3*sec, "start")}, "it ended at T+03.000"},
		{"kill, started before", fault3to6("kill"), []results.Change{byHand(3*sec-1, "start")}, ""},
		{"kill, another node started", fault3to6("kill"), []results.Change{{At: 5 * sec, Node: "b", What: "start"}}, ""},
		{"stop, started by another step", fault3to6("stop"), []results.Change{by(1, 4*sec, "start")}, "step 2 asked for it"},
		{"pause, resumed by hand", fault3to6("pause"), []results.Change{byHand(4*sec, "unpause")}, "a was resumed"},
		{"pause, killed by another step", fault3to6("pause"), []results.Change{by(1, 4*sec, "die")}, "a ended; step 2 asked for it"},
		{"pause", fault3to6("pause"), []results.Change{by(0, 3*sec, "pause"), by(0, 6*sec, "unpause")}, ""},
		{"cut, restarted by another step", fault3to6("cut", packets), []results.Change{by(1, 4*sec, "die"), by(1, 5*sec, "start")}, "a was started; step 2 asked for it"},
		{"cut, killed and not started before its undo", fault3to6("cut", packets), []results.Change{by(1, 4*sec, "die"), by(1, 7*sec, "start")}, ""},
		{"lose, restarted by hand", fault3to6("lose", packets), []results.Change{byHand(4*sec, "start")}, "a was started"},
		{"bandwidth, restarted by hand", fault3to6("throttle", packets), []results.Change{byHand(4*sec, "start")}, "a was started"},
		{"bandwidth, and another's limit of the CPU", fault3to6("throttle", packets), []results.Change{by(1, 4*sec, "update")}, ""},
		{"CPU, restarted", fault3to6("throttle", held), []results.Change{by(1, 4*sec, "start")}, ""},
		{"CPU, undone by hand", fault3to6("throttle", held), []results.Change{byHand(4*sec, "update")}, "a was given other limits"},
		{"CPU, limited by another step, too", fault3to6("throttle", held), []results.Change{by(1, 4*sec, "update")}, ""},
		{"delay, and its process died", fault3to6("delay", packets), []results.Change{{At: 4 * sec, Node: "a", What: "die", Sidecar: true}}, "the container with the packet rules of a ended"},
		{"cut, and the process beside it died", fault3to6("cut", packets), []results.Change{{At: 4 * sec, Node: "a", What: "die", Sidecar: true}}, ""},
		{"restart", fault3to6("restart"), []results.Change{by(0, 3*sec, "start"), by(1, 4*sec, "die")}, ""},
		{"seen to have ended", changed(fault3to6("cut", packets), func(r *results.Run) { r.Faults[0].Early = "the rule did not last" }), nil, "it had ended before its undo: the rule did not last"},
		{"not inspected", changed(fault3to6("cut", packets), func(r *results.Run) { r.Faults[0].Lasted = "" }), nil, "nothing shows that it lasted"},
		{"nobody looked after a restart", changed(fault3to6("restart"), func(r *results.Run) { r.Faults[0].Lasted = "" }), nil, ""},
		{"nobody undid it yet", changed(fault3to6("cut", packets), func(r *results.Run) {
			f := &r.Faults[0]
			f.Lasted, f.Healing, f.Ended, f.EndWitness = "", 0, 0, ""
		}), nil, ""},
	} {
		c.run.Changes = c.did
		got := proveFault(c.run, true)
		if got.OK != (c.want == "") || !strings.Contains(got.Detail, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
}

// TestAFaultIncrementsItsCounter checks that a rule that affects nothing is
// doubted, after enough time and if nothing else silences the node.
func TestAFaultIncrementsItsCounter(t *testing.T) {
	const sec = time.Second
	still := results.Meter{Node: "a", Peer: "b", Counts: "packets", Effect: 3, Undo: 3}
	moving := results.Meter{Node: "a", Peer: "c", Counts: "packets", Effect: 3, Undo: 4}
	down := results.Meter{Node: "a", Peer: "b", Counts: "packets", Effect: 3, Undo: 3, Down: true}
	anew := results.Meter{Node: "a", Counts: "ns", Effect: 300, Undo: 5} // the node was restarted, which reset its counter
	long := 3*sec + 100*time.Microsecond + unmetFor
	for _, c := range []struct {
		name   string
		meters []results.Meter
		undo   time.Duration
		other  *results.Fault
		want   string
	}{
		{"it affected nothing", []results.Meter{still}, long, nil, "it affected nothing on a in the 5s after it took effect"},
		{"too short to tell", []results.Meter{still}, long - 1, nil, ""},
		{"another wire of the node", []results.Meter{still, moving}, long, nil, ""},
		{"another node", []results.Meter{moving, {Node: "d", Peer: "b", Effect: 1, Undo: 1}, {Node: "d", Peer: "c", Effect: 1, Undo: 1}}, long, nil, "on d in"},
		{"it went down", []results.Meter{down}, long, nil, ""},
		{"a counter that began anew", []results.Meter{anew}, long, nil, ""},
		{"beside another fault", []results.Meter{still}, long, &results.Fault{Step: 1, Asked: 4 * sec, Ended: 5 * sec}, ""},
		{"beside another fault without an end", []results.Meter{still}, long, &results.Fault{Step: 1, Asked: 4 * sec}, ""},
		{"after another fault", []results.Meter{still}, long, &results.Fault{Step: 1, Asked: sec, Ended: 2 * sec}, "it affected nothing"},
		{"before another fault", []results.Meter{still}, long, &results.Fault{Step: 1, Asked: long}, "it affected nothing"},
	} {
		r := fault3to6("cut", c.meters...)
		r.Faults[0].Healing, r.Faults[0].Ended = c.undo, c.undo+1
		if c.other != nil {
			r.Faults = append(r.Faults, *c.other)
		}
		if got := doubtLasting(r, r.Faults[0]); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAFaultNeedsAWorkingTarget checks targets that ran and served before the
// fault, and targets that did not.
func TestAFaultNeedsAWorkingTarget(t *testing.T) {
	const sec = time.Second
	up := func(r *results.Run) *results.Condition {
		c := &r.Faults[0].Before[0]
		*c = results.Condition{Node: "a", Running: true}
		return c
	}
	quiet := func(r *results.Run) { // only the condition is evidence
		up(r)
		for i := range r.Requests {
			r.Requests[i].Server, r.Requests[i].Store = "", ""
		}
	}
	under := func(g results.Fault) func(*results.Run) {
		return func(r *results.Run) {
			quiet(r)
			r.Faults[0].Before[0].Paused = true
			g.Step, g.Witness, g.Before = 1, "frozen", []results.Condition{{Node: "a", Running: true, Ready: "answers"}}
			r.Faults = append(r.Faults, g)
		}
	}
	for _, c := range []struct {
		name  string
		alter func(*results.Run)
		want  string
	}{
		{"it answered requests", func(r *results.Run) { up(r) }, ""},
		{"it said that it was ready", func(r *results.Run) { quiet(r); r.Faults[0].Before[0].Ready = "answers" }, ""},
		{"it said who it is", func(r *results.Run) {
			quiet(r)
			r.Roles = []results.RoleSample{{At: 3 * sec, Node: "a", Role: "replica"}}
		}, ""},
		{"it said who it is too long ago", func(r *results.Run) { quiet(r); r.Roles = []results.RoleSample{{At: sec, Node: "a", Role: "replica"}} }, "not answered anything in the 2s before"},
		{"it said who it is after", func(r *results.Run) {
			quiet(r)
			r.Roles = []results.RoleSample{{At: 3*sec + 1, Node: "a", Role: "replica"}}
		}, "not answered anything"},
		{"it did not say who it is", func(r *results.Run) { quiet(r); r.Roles = []results.RoleSample{{At: 3 * sec, Node: "a"}} }, "not answered anything"},
		{"it answered before it was started", func(r *results.Run) { up(r); r.Changes = []results.Change{by(1, 3*sec-1, "start")} }, "not answered anything"},
		{"it had a failed probe", func(r *results.Run) { quiet(r); r.Faults[0].Before[0].Err = "http 500" }, "did not report that it was ready: http 500"},
		{"it was dead", func(r *results.Run) {
			*up(r) = results.Condition{Node: "a", ExitCode: 137, Ended: 3*sec - 3500*time.Millisecond + sec}
		}, "kill a had nothing to break: a had exited 137 2.5 s before"},
		{"it had exited at an unknown time", func(r *results.Run) { *up(r) = results.Condition{Node: "a", ExitCode: 1} }, "a had exited 1;"},
		{"it could not be seen", func(r *results.Run) { *up(r) = results.Condition{Node: "a", Err: "no answer from Docker"} }, "could not be inspected before the fault: no answer from Docker"},
		{"it was frozen", func(r *results.Run) { up(r).Paused = true }, "a was already frozen"},
		{"not inspected", func(r *results.Run) { r.Faults[0].Before = nil }, "a was not inspected before"},
		{"another node was inspected", func(r *results.Run) { r.Faults[0].Before[0].Node = "b" }, "a was not inspected before"},
		{"one of two", func(r *results.Run) { r.Faults[0].Targets = []string{"a", "b"} }, "b was not inspected before"},
		{"frozen by a step that goes on", under(results.Fault{Name: "pause", Asked: 2 * sec, Effect: 2 * sec}), ""},
		{"frozen by a step that had ended", under(results.Fault{Name: "pause", Asked: 2 * sec, Effect: 2 * sec, Ended: 3 * sec}), "already frozen"},
		{"frozen by a step that came later", under(results.Fault{Name: "pause", Asked: 3 * sec, Effect: 3 * sec}), "already frozen"},
		{"a restart explains no silence", under(results.Fault{Name: "restart", Asked: 2 * sec, Effect: 2 * sec}), "already frozen"},
		{"dead by a step that goes on", func(r *results.Run) {
			under(results.Fault{Name: "kill", Asked: 2 * sec, Effect: 2 * sec})(r)
			r.Faults[0].Before[0] = results.Condition{Node: "a", ExitCode: 137, Ended: 2 * sec}
		}, "a had exited 137"},
	} {
		r := specimen("read", 300, 9*sec)
		r.Faults[0].Asked, r.Faults[0].Effect = 3*sec, 3*sec+100*time.Microsecond
		c.alter(r)
		got := doubtTargets(r, r.Faults[0])
		if check := proveFault(r, true); check.OK && c.want != "" {
			t.Errorf("%s: the fault is proved: %+v", c.name, check)
		} else if c.want != "" {
			got = check.Detail
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
