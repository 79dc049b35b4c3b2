package claims

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// shownRun is survived with 20 keys, of which the first 10 are written 30 times
// each, and with what its primary shows to users: the last value of each.
func shownRun(op string) *results.Run {
	r := survived()
	read, lastOnly := shownBy(op)
	shown := map[string][]string{}
	for n := range r.Requests {
		q := &r.Requests[n]
		q.Operation, q.Key = op, strconv.Itoa(n%10+1)
		if lastOnly {
			shown[q.Key] = nil
		}
		shown[q.Key] = append(shown[q.Key], q.Value)
	}
	s := &r.Final.Stores[0]
	s.Values = map[string][]string{op: s.Values["write"]}
	if lastOnly {
		s.Seeded = 20
		for n := 11; n <= 20; n++ {
			shown[strconv.Itoa(n)] = []string{seed}
		}
	}
	s.Shown = map[string]map[string][]string{read: shown}
	return r
}

func TestKeepsComparesWhatUsersAreShown(t *testing.T) {
	type shown = map[string][]string
	for _, c := range []struct {
		name, op string
		alter    func(shown, *results.Run)
		want     results.Outcome
		measured string
		why      string
	}{
		{"all as written", "write", func(shown, *results.Run) {}, results.Held, "0 lost, 0 unexpected", ""},
		{"a row changed by hand", "write", func(s shown, _ *results.Run) { s["3"] = []string{"changed"} },
			results.Broken, "0 lost, 1 unexpected", `users are shown "changed" for key 3, to which "r-292" was written`},
		{"a row that nobody wrote changed by hand", "write", func(s shown, _ *results.Run) { s["12"] = []string{"changed"} },
			results.Broken, "0 lost, 1 unexpected", `users are shown "changed" for key 12, to which "seed" was written`},
		{"another key's value", "write", func(s shown, _ *results.Run) { s["12"] = s["3"] },
			results.Broken, "0 lost, 1 unexpected", `users are shown "r-292" for key 12`},
		{"an older value", "write", func(s shown, _ *results.Run) { s["3"] = []string{"r-282"} },
			results.Broken, "1 lost, 0 unexpected", `users are shown "r-282" for key 3, to which "r-292" was written`},
		{"the value from before the run", "write", func(s shown, _ *results.Run) { s["3"] = []string{seed} },
			results.Broken, "1 lost, 0 unexpected", `users are shown "seed" for key 3`},
		{"a written row deleted", "write", func(s shown, _ *results.Run) { delete(s, "10") },
			results.Broken, "1 lost, 0 unexpected", `users are shown nothing for key 10, to which "r-299" was written`},
		{"rows that nobody wrote deleted", "write", func(s shown, _ *results.Run) { delete(s, "17"); delete(s, "12") },
			results.Broken, "2 lost, 0 unexpected", "users are shown nothing for key 12, which existed before the run"},
		{"a row that was never there", "write", func(s shown, _ *results.Run) { s["21"] = []string{seed} },
			results.Broken, "0 lost, 1 unexpected", `users are shown "seed" for key 21, to which nothing was written`},
		{"a row that is no key of the site's", "write", func(s shown, _ *results.Run) { s["012"] = s["12"]; delete(s, "12") },
			results.Broken, "1 lost, 1 unexpected", "users are shown nothing for key 12"},
		{"what is kept and nobody wrote is counted once", "write", func(s shown, r *results.Run) {
			s["3"] = []string{"other-1"}
			v := r.Final.Stores[0].Values
			v["write"] = append(v["write"], "other-1")
		}, results.Broken, "0 lost, 1 unexpected", "the store holds values that this run never wrote, one of them other-1"},
		{"a row changed by hand, in a run cut short", "write", func(s shown, r *results.Run) { s["3"], r.Finished = []string{"changed"}, false },
			results.Unproven, "0 lost, 1 unexpected", "incomplete"},
		{"an older value, in a run cut short", "write", func(s shown, r *results.Run) { s["3"], r.Finished = []string{"r-282"}, false },
			results.Broken, "1 lost, 0 unexpected", "r-282"},
		{"every post at its user", "post", func(shown, *results.Run) {}, results.Held, "0 lost, 0 unexpected", ""},
		{"a post moved to another user", "post", func(s shown, _ *results.Run) { s["11"] = s["3"][29:]; s["3"] = s["3"][:29] },
			results.Broken, "1 lost, 1 unexpected", `users are shown 29 values, the last of them "r-282", for key 3, to which 30 values, the last of them "r-292", was written`},
		{"the posts of a user gone", "post", func(s shown, _ *results.Run) { delete(s, "3") },
			results.Broken, "1 lost, 0 unexpected", `users are shown nothing for key 3`},
	} {
		r := shownRun(c.op)
		read, _ := shownBy(c.op)
		c.alter(r.Final.Stores[0].Shown[read], r)
		v := KeepsAcknowledgedWrites{Operation: c.op}.Check(r)
		if v.Outcome != c.want || !strings.HasPrefix(v.Measured, c.measured) || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
			t.Errorf("%s: got %v, %s (%s), want %v, %s (%s)", c.name, v.Outcome, v.Measured, v.Why, c.want, c.measured, c.why)
		}
		if want := fmt.Sprintf(", %d keys compared with what users are shown", len(r.Final.Stores[0].Shown[read])); !strings.HasSuffix(v.Measured, want) {
			t.Errorf("%s: measured %q, want it to end with %q", c.name, v.Measured, want)
		}
	}
}

// TestKeepsOfOldRecords checks that a record without what users are shown, and
// one whose values are not unique, is judged only by what is kept, and that the
// verdict reports no comparison.
func TestKeepsOfOldRecords(t *testing.T) {
	for name, alter := range map[string]func(*results.Run){
		"before it was read": func(r *results.Run) { r.Final.Stores[0].Shown = nil },
		"not unique":         func(r *results.Run) { r.Requests[7].Value = r.Requests[8].Value },
	} {
		r := shownRun("write")
		r.Final.Stores[0].Shown["read"]["3"] = []string{"changed"}
		alter(r)
		v := KeepsAcknowledgedWrites{}.Check(r)
		if v.Outcome == results.Broken && strings.Contains(v.Why, "shown") || strings.Contains(v.Measured, "shown") {
			t.Errorf("%s: %v, %s (%s)", name, v.Outcome, v.Measured, v.Why)
		}
	}
}

func TestConvergenceComparesWhatUsersAreShown(t *testing.T) {
	same := func() map[string][]string { return map[string][]string{"1": {"r-290"}, "2": {seed}} }
	for _, c := range []struct {
		name  string
		alter func(replica map[string][]string)
		want  results.Outcome
		why   string
	}{
		{"the same", func(map[string][]string) {}, results.Held, ""},
		{"a replica shows another value", func(s map[string][]string) { s["1"] = []string{"r-280"} }, results.Broken,
			`pg-2 and pg-3 show users different values of 1 keys, one of them key 1: "r-290" and "r-280"`},
		{"a replica does not show a key", func(s map[string][]string) { delete(s, "2") }, results.Broken, `key 2: "seed" and nothing`},
		{"a replica shows one key more", func(s map[string][]string) { s["30"], s["4"] = []string{"x"}, []string{"y"} }, results.Broken,
			`2 keys, one of them key 4: nothing and "y"`},
	} {
		r := survived()
		stores := r.Final.Stores
		stores[1].Values = stores[0].Values
		stores[0].Shown = map[string]map[string][]string{"read": same()}
		stores[1].Shown = map[string]map[string][]string{"read": same()}
		c.alter(stores[1].Shown["read"])
		for _, op := range []string{"", "write"} {
			v := Convergence{Operation: op}.Check(r)
			if v.Outcome != c.want || !strings.Contains(v.Why, c.why) || (c.why == "") != (v.Why == "") {
				t.Errorf("%s (%q): %v, %s (%s)", c.name, op, v.Outcome, v.Measured, v.Why)
			}
		}
		if v := (Convergence{Operation: "post"}).Check(r); v.Outcome != results.Unproven {
			t.Errorf("%s: posts, which nobody keeps: %v (%s)", c.name, v.Outcome, v.Why)
		}
	}
	alone := survived()
	alone.Final.Stores[0].Values["write"] = nil
	for i := range alone.Final.Stores {
		alone.Final.Stores[i].Shown = map[string]map[string][]string{"read": {"1": {seed}}}
	}
	if v := (Convergence{}).Check(alone); v.Outcome != results.Unproven || v.Why != "the stores hold nothing" {
		t.Errorf("stores that only show what was there before the run: %v (%s)", v.Outcome, v.Why)
	}
}
