package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// without is a run whose surviving primary lacks the writes numbered n.
func without(change func(*results.Run), lost ...int) *results.Run {
	r := survived()
	v := r.Final.Stores[0].Values
	var kept []string
	gone := map[string]bool{}
	for _, n := range lost {
		gone[r.Requests[n].Value] = true
	}
	for _, value := range v["write"] {
		if !gone[value] {
			kept = append(kept, value)
		}
	}
	v["write"] = kept
	change(r)
	return r
}

// TestKeepsTime measures from the oldest lost acknowledgement to the fault that
// may have lost it. The n-th write is acknowledged at n times 10 ms, plus 1 ms.
func TestKeepsTime(t *testing.T) {
	const m = time.Millisecond
	at := func(effects ...time.Duration) func(*results.Run) {
		return func(r *results.Run) {
			r.Faults = nil
			for _, effect := range effects {
				second(effect)(r)
			}
		}
	}
	for _, c := range []struct {
		name string
		run  *results.Run
		want string
	}{
		{"before the fault", without(at(2*time.Second), 199), "9ms before"},
		{"as the fault took effect", without(at(1991*m), 199), "0s before"},
		{"after the fault", without(at(1990*m), 199), "1ms after"},
		{"before the next of two faults", without(at(2500*m, 2000*m), 199), "9ms before"},
		{"after the last of two faults", without(at(1000*m, 1900*m), 199), "91ms after"},
		{"between two faults: the later one took it", without(at(1990*m, 2491*m), 199), "500ms before"},
		{"as the first of two took effect", without(at(1991*m, 2000*m), 199), "0s before"},
		{"the oldest of three", without(at(2*time.Second), 150, 198, 199), "499ms before"},
		{"the oldest of three, whatever their order", without(func(r *results.Run) {
			at(2 * time.Second)(r)
			r.Requests[150], r.Requests[198] = r.Requests[198], r.Requests[150]
		}, 150, 198, 199), "499ms before"},
		{"one before and one after", without(at(2*time.Second), 199, 299), "9ms before"},
		{"the one nearest to its fault of those after", without(at(2*time.Second), 250, 299), "501ms after"},
		{"a fault nobody saw takes nothing", without(func(r *results.Run) {
			at(1995*m, 2*time.Second)(r)
			r.Faults[0].Witness = ""
		}, 199), "9ms before"},
	} {
		want := ", the oldest lost " + c.want + " the fault"
		if got := (KeepsAcknowledgedWrites{}).Check(c.run).Measured; len(got) < len(want) || got[len(got)-len(want):] != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

func TestKeepsEdges(t *testing.T) {
	const m = time.Millisecond
	strangers := func(r *results.Run) {
		v := r.Final.Stores[0].Values
		for n := range 300 {
			v["write"] = append(v["write"], fmt.Sprintf("other-%03d", (n+150)%300))
		}
	}
	exactly(t, []reading{
		{"all are kept", KeepsAcknowledgedWrites{}, survived(), results.Held, 300, "0 lost, 0 unexpected of 300 acknowledged, 200 at risk, 0 recovered", ""},
		{"a lost one, and no fault seen", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Faults[0].Witness = "" }, 7, 9), results.Broken, 300,
			"2 lost, 0 unexpected of 300 acknowledged, 0 at risk, 0 recovered", "acknowledged writes were lost, the first of them r-7"},
		{"recovered once, though it stands twice", KeepsAcknowledgedWrites{}, without(func(r *results.Run) {
			r.Requests[250].Fate = results.Unanswered
			v := r.Final.Stores[0].Values
			v["write"] = append(v["write"], "r-250")
		}), results.Held, 299, "0 lost, 0 unexpected of 299 acknowledged, 200 at risk, 1 recovered", ""},
		{"strangers, and the first by name", KeepsAcknowledgedWrites{}, without(strangers), results.Broken, 300,
			"0 lost, 300 unexpected of 300 acknowledged, 200 at risk, 0 recovered", "the store holds values that this run never wrote, one of them other-000"},
		{"another operation's values are none of its business", KeepsAcknowledgedWrites{}, without(func(r *results.Run) {
			r.Final.Stores[0].Values["post"] = []string{"p-1"}
			r.Requests[299].Operation, r.Requests[299].Value = "post", "p-1"
		}, 299), results.Held, 299, "0 lost, 0 unexpected of 299 acknowledged, 200 at risk, 0 recovered", ""},
		{"cut short, and nothing amiss", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Finished = false }), results.Held, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 200 at risk, 0 recovered", ""},
		{"lost, in a run cut short", KeepsAcknowledgedWrites{}, without(func(r *results.Run) {
			r.Finished = false
			strangers(r)
		}, 199), results.Broken, 300, "1 lost, 300 unexpected of 300 acknowledged, 200 at risk, 0 recovered, the oldest lost 9ms before the fault",
			"acknowledged writes were lost, the first of them r-199"},
		{"100 at risk are enough, the last as the fault took effect", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Faults[0].Effect = 991 * m }), results.Held, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 100 at risk, 0 recovered", ""},
		{"99 are not", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Faults[0].Effect = 991*m - 1 }), results.Unproven, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 99 at risk, 0 recovered", "only 99 acknowledged writes were at risk at the fault; at least 100 are required"},
		{"fewer are enough where it says so", KeepsAcknowledgedWrites{AtRisk: 99}, without(func(r *results.Run) { r.Faults[0].Effect = 991*m - 1 }), results.Held, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 99 at risk, 0 recovered", ""},
		{"three seconds before is long ago", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Faults[0].Effect = 4501 * m }), results.Held, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 149 at risk, 0 recovered", ""},
		{"two primaries", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Final.Stores[1].Role = "primary" }), results.Unproven, 0, "",
			"the final audit found 2 primaries, so which writes survive is unknown"},
		{"a replica that cannot be read", KeepsAcknowledgedWrites{}, without(func(r *results.Run) { r.Final.Stores[1].Err = "refused" }), results.Held, 300,
			"0 lost, 0 unexpected of 300 acknowledged, 200 at risk, 0 recovered", ""},
	})
}
