// Package results is the record of a run: what was planned, what was sent,
// what was broken and when, what the stores still held at the end, and the
// verdicts drawn from it. Everything a claim may know stands in a [Run], so a
// verdict is a pure function of the record and an old run can be judged again.
package results

import (
	"encoding/json"
	"time"
)

// SchemaVersion is the version of run.json. It rises when a field changes its
// meaning or goes away; a reader refuses a newer version than its own.
const SchemaVersion = 1

// Run is everything that is known of one play of one arm of a scenario.
type Run struct {
	Schema   int    `json:"schema"`
	ID       string `json:"id"`             // unique per run; the value of the label holdfast.run
	Scenario string `json:"scenario"`       // "replication/primary-kill"
	File     string `json:"file,omitempty"` // the scenario's file as it was typed; "" where it is built in
	Arm      string `json:"arm"`            // "treatment", "control-1", "placebo"

	Set map[string]string `json:"set,omitempty"` // settings of the topology that were given beside the file, by name

	Plan     json.RawMessage `json:"plan"` // the scenario as it was played
	Where    Environment     `json:"where"`
	Began    time.Time       `json:"began"`         // every other time is an offset from this one monotonic clock
	Finished bool            `json:"finished"`      // false: the run was cut short; nothing in it may be believed to be whole
	Why      string          `json:"why,omitempty"` // why it was cut short, when it was
	Seconds  Seconds         `json:"seconds"`
	Load     Load            `json:"load"`
	Nodes    []Node          `json:"nodes,omitempty"` // of the system, all of them
	Timeline []Event         `json:"timeline"`
	Faults   []Fault         `json:"faults"`
	Roles    []RoleSample    `json:"roles,omitempty"`
	Reaches  []Reach         `json:"reaches,omitempty"`
	Restored *Restored       `json:"restored,omitempty"` // nil: no fault was played
	Watched  *Watch          `json:"watched,omitempty"`  // from when to when changes of nodes' states were told; nil: never
	Changes  []Change        `json:"changes,omitempty"`  // of nodes' states, planned or not, in their order
	Verdicts []Verdict       `json:"verdicts"`
	Trust    []Check         `json:"trust"`
	Files    map[string]File `json:"files,omitempty"` // the files beside run.json that belong to it, by name

	Requests History `json:"-"` // kept beside run.json, in history.ndjson.zst
	Final    *Audit  `json:"-"` // kept beside run.json, in audit.json.zst; nil: never asked

	Doubt string `json:"-"` // why what was read back cannot be shown to be one whole record; "" where it can
	End   End    `json:"-"` // how the play ended, apart from its verdicts
}

// Environment is where a run was played: enough to know whether two runs may
// be compared and to play the run again.
type Environment struct {
	Version   string            `json:"version"` // of holdfast
	Commit    string            `json:"commit,omitempty"`
	Host      string            `json:"host"`
	OS        string            `json:"os"`
	Kernel    string            `json:"kernel,omitempty"`
	Docker    string            `json:"docker,omitempty"`
	CPUs      int               `json:"cpus"`
	MemoryMiB int64             `json:"memory_mib,omitempty"` // of the machine that runs the nodes
	Seed      uint64            `json:"seed"`
	Images    map[string]string `json:"images,omitempty"` // image name to id: "sha256:..."

	Calibration     *Calibration `json:"calibration,omitempty"`      // of this machine, as it was when the run began; nil: none
	CalibrationNote string       `json:"calibration_note,omitempty"` // why the one there was does not count
}

// Seconds is how long the parts of a run took, in seconds.
type Seconds struct {
	Images float64 `json:"images"` // building or finding images
	Boot   float64 `json:"boot"`   // from the first container asked for to every node ready
	Run    float64 `json:"run"`    // from the first request to the end of the final audit
	Total  float64 `json:"total"`
}

// Load is what the generator planned and what it says of its own health; the
// load proof is drawn from it and from the history.
type Load struct {
	Planned       uint64        `json:"planned"` // requests the schedule holds
	For           time.Duration `json:"for"`     // length of the schedule, ns
	Timeout       time.Duration `json:"timeout"` // of one request, ns
	MaxInFlight   int           `json:"max_in_flight"`
	Closed        bool          `json:"closed,omitempty"` // a closed loop: requests were due when a client was free, and what waited for that is left out
	CPUShare      float64       `json:"cpu_share"`        // of the CPU the process may use, 0 to 1, during the attack
	HostBusy      float64       `json:"host_busy"`        // share of all host CPUs that was busy during the attack, 0 to 1; negative: unknown
	Throttled     time.Duration `json:"throttled"`        // how long its cgroup's CPU limit held the driver back, ns; 0 where there is none
	HeartbeatP999 time.Duration `json:"heartbeat_p999"`   // lateness of a 1 ms heartbeat in the driver, ns
	Stalls        []Stall       `json:"stalls,omitempty"` // when that heartbeat was late by more than 5 ms, in their order
}

// Stall is a time in which the driver did nothing: it was stopped, or had no
// CPU. What ended in it was noticed at its end; what was to leave left then.
type Stall struct {
	At  time.Duration `json:"at"`  // of the last sign of life before it, since Began, ns
	For time.Duration `json:"for"` // until the next, ns
}

// End is when the driver went on.
func (s Stall) End() time.Duration { return s.At + s.For }

// Event is one thing that happened, for people and for the timeline.
type Event struct {
	At   time.Duration `json:"at"` // since Began, ns
	Kind Kind          `json:"kind"`
	Node string        `json:"node,omitempty"`
	Text string        `json:"text,omitempty"`
}

// Kind names what sort of event it was.
type Kind string

// The kinds of event a timeline may hold.
const (
	AttackBegan   Kind = "attack-began"
	AttackEnded   Kind = "attack-ended"
	Steady        Kind = "steady"
	NotSteady     Kind = "not-steady"
	FaultAsked    Kind = "fault-asked"
	FaultInEffect Kind = "fault-in-effect"
	FaultHealing  Kind = "fault-healing"
	FaultEnded    Kind = "fault-ended"
	FaultFailed   Kind = "fault-failed"
	RoleChanged   Kind = "role-changed"
	NodeExited    Kind = "node-exited"
	Unplanned     Kind = "unplanned"         // a node's state changed, and no step asked for it
	FaultOver     Kind = "fault-ended-early" // before its undo was asked for
	Settled       Kind = "settled"
	NotSettled    Kind = "not-settled" // it did not come to rest after the last undo
	Audited       Kind = "audited"
	Interrupted   Kind = "interrupted"
)

// Fault is one step as it was played. A fault without a Witness proved
// nothing, whatever its own return code said.
type Fault struct {
	Step       int           `json:"step"`    // index in the plan, from 0
	Name       string        `json:"name"`    // "kill"
	Targets    []string      `json:"targets"` // nodes, as they were chosen when the step began
	Peers      []string      `json:"peers,omitempty"`
	Asked      time.Duration `json:"asked"`               // since Began, ns
	Effect     time.Duration `json:"effect,omitempty"`    // the first instant from which users could feel it; 0: never
	Witnessed  time.Duration `json:"witnessed,omitempty"` // when the witness had seen all of it, which may be seconds later; 0: as Effect
	Witness    string        `json:"witness,omitempty"`   // what the witness saw: "exited 137"
	Healing    time.Duration `json:"healing,omitempty"`   // when its undo was asked for; of a fault that contains its own end, as a restart does, when that began
	Ended      time.Duration `json:"ended,omitempty"`     // when the witness saw it gone; 0: never
	EndWitness string        `json:"end_witness,omitempty"`
	InFlight   int           `json:"in_flight"`       // requests in flight when the fault was asked for
	Err        string        `json:"error,omitempty"` // of the injection or of the undo

	Before []Condition `json:"before,omitempty"` // of each target, just before the fault was asked for
	Lasted string      `json:"lasted,omitempty"` // what was seen of it just before its undo
	Early  string      `json:"early,omitempty"`  // how it was seen then that it had ended before
	Meters []Meter     `json:"meters,omitempty"`
}

// InEffect says whether an outside witness saw the fault take effect.
func (f Fault) InEffect() bool { return f.Effect > 0 && f.Witness != "" }

// Seen is when the whole fault was known to be in effect: from then on it was
// on every node. Between Effect and Seen it was on some of them, or on the way.
func (f Fault) Seen() time.Duration { return max(f.Effect, f.Witnessed) }

// RoleSample is one node's answer to "who are you now?".
type RoleSample struct {
	At   time.Duration `json:"at"` // when the answer came, since Began, ns
	Node string        `json:"node"`
	Role string        `json:"role"`           // "primary" accepts writes; "replica" does not; "" no answer
	Term uint64        `json:"term,omitempty"` // the timeline or epoch it believes in, when it has one
}

// Reach is one attempt to open TCP connections from one node to another.
type Reach struct {
	At      time.Duration `json:"at"`
	From    string        `json:"from"`
	To      string        `json:"to"`
	Tried   int           `json:"tried"`          // ports tried
	Open    []int         `json:"open,omitempty"` // ports that answered
	Control bool          `json:"control"`        // true: a target that must be reachable, to show that the prober works
	Err     string        `json:"error,omitempty"`
}

// Verdict is what a run says of one claim.
type Verdict struct {
	Name     string  `json:"name"`  // of the claim, as in the scenario file: "recovers"
	Claim    string  `json:"claim"` // the promise as a sentence
	Outcome  Outcome `json:"verdict"`
	Expected Outcome `json:"expected"` // what the scenario expects: Held, or Broken where the textbook is wrong
	Measured string  `json:"measured"`
	Wanted   string  `json:"wanted"`
	Why      string  `json:"why,omitempty"`
	N        int     `json:"n"` // how many observations the verdict rests on

	Figures []Figure `json:"figures,omitempty"` // what was measured, as numbers; only what was measured
}

// Figure is one number that was measured for a verdict, so that repeats can be
// laid beside each other. A figure that could not be measured is left out.
type Figure struct {
	Name  string  `json:"name"` // "rto-first"
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "s", or what is counted: "writes"
}

// AsExpected says whether the verdict is the one the scenario expects.
func (v Verdict) AsExpected() bool { return v.Outcome == v.Expected }

// Check is one reason to trust a run, or not to.
type Check struct {
	Name   string `json:"name"` // "load", "fault", "self-check", "clock"
	OK     bool   `json:"ok"`
	Note   bool   `json:"note,omitempty"` // it says something, and is no reason for or against: nothing was checked; OK is true then
	Detail string `json:"detail"`
}

// Sign is the check as one sign: passed, failed, or only a note.
func (c Check) Sign() string {
	switch {
	case !c.OK:
		return "✗"
	case c.Note:
		return "–"
	}
	return "✓"
}
