// Two nodes both act as the primary. Each acknowledges writes of different
// clients, and the writes of one of them will be lost.

package claims

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// How densely the roles must have been sampled (docs/EVIDENCE.md). Samples are
// taken every 100 ms, so one answer per 200 ms tolerates one late sample; 95 %
// of the intervals, because a busy host loses some.
const (
	sampledEvery = 200 * time.Millisecond
	sampledShare = Share(0.95)
	heardShare   = Share(0.5) // share of its samples that a node must have answered if no fault struck it
)

// silentFor is how long a node that no fault struck may give no answer during a
// fault: two samples in a row that each timed out after a second.
const silentFor = 2 * time.Second

// twiceIn is shorter than any failover and failback of a cluster.
const twiceIn = time.Second

// mutations are the operations that only a primary may answer.
var mutations = []string{"write", "post"}

// OnePrimary promises that two nodes never accept writes at the same time.
//
// Different nodes are sampled at different instants, so a correct failover may
// show two primaries shortly after one another. A violation is a node that
// reported "primary" at least twice after another node had (so that the second
// sample was certainly taken later), and either reports an older term than the
// other, or the other reported "primary" again within a second of the first
// time. Also a violation: a write that a node answered after another node had
// taken over and had begun to answer, unless the node was observed to be
// promoted again.
type OnePrimary struct{}

// String is the promise as a sentence.
func (OnePrimary) String() string { return "at most one primary at a time" }

// Needs the fault proof, but two primaries stay a violation even if a proof
// fails.
func (OnePrimary) Needs() Needs { return Needs{Fault: true, Solid: true} }

// Check looks for two primaries at once, in the samples and in the writes, and
// then whether the samples were dense enough to detect them.
func (c OnePrimary) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c OnePrimary) check(x *index) results.Verdict {
	r := x.run
	v := results.Verdict{Name: "one-primary", Claim: c.String(), Wanted: "at most 1", N: len(r.Roles)}
	claims := primaries(r.Roles)
	if a, b, at := rivals(claims); a != "" {
		v.Measured = "2 at once"
		return because(v, results.Broken, "%s still claimed to be primary at %v, when %s was", a, ms(at), b)
	}
	if n, q := oldPrimaryWrites(x, claims); n > 0 {
		v.Measured = fmt.Sprintf("%d writes accepted by the old primary", n)
		return because(v, results.Broken, "%s answered %s at %v, after another store had taken over", q.Store, q.Value, ms(q.Done))
	}
	if len(claims) == 0 {
		return because(v, results.Unproven, "no node ever reported that it was primary")
	}
	why, how := samplingDoubt(r)
	if why != "" {
		return because(v, results.Unproven, "%s", why)
	}
	v.Measured = fmt.Sprintf("1 at a time, %d nodes in turn, %d samples, %s", len(claims), len(r.Roles), how)
	return held(v)
}

// primaries is the samples of each node in which it reported that it was
// primary, by time.
func primaries(roles []results.RoleSample) map[string][]results.RoleSample {
	claims := map[string][]results.RoleSample{}
	for _, s := range roles {
		if s.Role == "primary" {
			claims[s.Node] = append(claims[s.Node], s)
		}
	}
	for _, list := range claims {
		slices.SortStableFunc(list, func(a, b results.RoleSample) int { return int(a.At - b.At) })
	}
	return claims
}

// rivals returns the first node, by name, that reported that it was primary
// while another was; that other node; and when.
func rivals(claims map[string][]results.RoleSample) (stale, other string, at time.Duration) {
	names := slices.Sorted(maps.Keys(claims))
	for _, a := range names {
		for _, b := range names {
			if a == b {
				continue
			}
			if t, found := overlap(claims[a], claims[b]); found {
				return a, b, t
			}
		}
	}
	return "", "", 0
}

// overlap reports whether and when a was primary while b was.
func overlap(a, b []results.RoleSample) (time.Duration, bool) {
	k := 0
	for _, first := range b {
		for k < len(a) && a[k].At <= first.At {
			k++
		}
		if k+1 >= len(a) {
			return 0, false
		}
		second := a[k+1]
		if second.Term > 0 && second.Term < first.Term {
			return second.At, true
		}
		m := sort.Search(len(b), func(i int) bool { return b[i].At > second.At })
		if m < len(b) && b[m].At-first.At <= twiceIn {
			return second.At, true
		}
	}
	return 0, false
}

// oldPrimaryWrites counts the writes that a store answered although they were
// sent after another store had begun to answer in its place, and returns the
// first.
func oldPrimaryWrites(x *index, claims map[string][]results.RoleSample) (n int, first *results.Request) {
	var writes []int32
	for _, operation := range mutations {
		writes = append(writes, x.pick(x.batch(operation).answered, func(q *results.Request) bool { return q.Store != "" })...)
	}
	slices.Sort(writes)
	replaced := map[string]time.Duration{} // per store, when another began to answer in its place
	current := ""
	for _, i := range x.byDone(writes) {
		q := x.at(i)
		if q.Store == current {
			continue
		}
		since, was := replaced[q.Store]
		switch {
		case !was:
			if current != "" {
				replaced[current] = q.Done
			}
			current = q.Store
		case q.Sent <= since: // it was in flight when the other took over
		case promoted(claims[q.Store], since, q.Done):
			replaced[current], current = q.Done, q.Store
		default:
			if n++; n == 1 {
				first = q
			}
		}
	}
	return n, first
}

// promoted reports whether a node was observed to become primary again, in a
// newer term, after it was replaced and not long after it answered.
func promoted(claims []results.RoleSample, since, done time.Duration) bool {
	var before uint64
	for _, s := range claims {
		if s.At <= since {
			before = max(before, s.Term)
		} else if s.At <= done+sampledEvery && s.Term > before {
			return true
		}
	}
	return false
}

// roleSampling describes how the roles of the nodes were sampled during the
// faults.
type roleSampling struct {
	asked, answered map[string]int           // samples of each node that reports a role
	gap             map[string]time.Duration // longest time without an answer, per node
	slots, full     int                      // intervals of sampledEvery, and those with an answer of some node
	from, to        time.Duration
}

// countRoleSamples counts the samples. It includes every node that reports a
// role, even without any sample.
func countRoleSamples(r *results.Run, first results.Fault) roleSampling {
	h := roleSampling{asked: map[string]int{}, answered: map[string]int{}, gap: map[string]time.Duration{}, from: first.Effect, to: faultsEnd(r)}
	for _, n := range r.Nodes {
		if n.Asked {
			h.asked[n.Name] = 0
		}
	}
	at, slots := map[string][]time.Duration{}, map[time.Duration]struct{}{}
	for _, s := range r.Roles {
		h.asked[s.Node]++
		if s.Role == "" {
			continue
		}
		h.answered[s.Node]++
		if s.At >= h.from && s.At < h.to {
			slots[(s.At-h.from)/sampledEvery] = struct{}{}
			at[s.Node] = append(at[s.Node], s.At)
		}
	}
	for node := range h.asked {
		h.gap[node] = longestGap(at[node], h.from, h.to)
	}
	h.slots, h.full = int((h.to-h.from)/sampledEvery), len(slots)
	return h
}

// longestGap is the longest time between from and to without any of the given
// instants.
func longestGap(at []time.Duration, from, to time.Duration) (longest time.Duration) {
	last := from
	for _, t := range append(slices.Sorted(slices.Values(at)), to) {
		longest, last = max(longest, t-last), t
	}
	return longest
}

// samplingDoubt says why two primaries could have been missed, or "", and how
// the nodes were sampled. A node that a fault struck may be silent if it
// answered at any time.
func samplingDoubt(r *results.Run) (why, how string) {
	first, seen := r.FirstFault()
	if !seen {
		return "no fault was seen in effect", ""
	}
	h := countRoleSamples(r, first)
	struck := map[string]bool{}
	for _, f := range r.Faults {
		for _, node := range f.Targets {
			struck[node] = h.answered[node] > 0
		}
	}
	longest := time.Duration(0)
	names := slices.Sorted(maps.Keys(h.asked))
	for _, node := range names {
		switch {
		case h.asked[node] == 0:
			return fmt.Sprintf("%s reports its role, but was never asked", node), ""
		case struck[node]:
			continue
		case !heardShare.Met(h.answered[node], h.asked[node]):
			return fmt.Sprintf("%s reported its role only %d of %d times", node, h.answered[node], h.asked[node]), ""
		}
		longest = max(longest, h.gap[node])
	}
	if h.slots < 1 || !sampledShare.Met(h.full, h.slots) {
		return fmt.Sprintf("the roles were reported in only %d of %d intervals of %v during the fault", h.full, h.slots, sampledEvery), ""
	}
	for _, node := range names {
		if !struck[node] && h.gap[node] > silentFor {
			return fmt.Sprintf("%s did not report its role for %v of the fault; at most %v is allowed", node, ms(h.gap[node]), silentFor), ""
		}
	}
	return "", fmt.Sprintf("%d of %d nodes sampled, longest gap %v", len(names), len(names), ms(longest))
}

// faultsEnd is the end of the faulted phase: the end of the last fault, or of
// the schedule if a fault did not end.
func faultsEnd(r *results.Run) time.Duration {
	var last time.Duration
	for _, f := range r.Faults {
		if f.Ended == 0 {
			return max(r.Load.For, last)
		}
		last = max(last, f.Ended)
	}
	return last
}

// Violation is a run in which the old primary continues after the new one
// began.
func (OnePrimary) Violation() *results.Run {
	r := specimen("write", 3000, 9*time.Second)
	for at := time.Duration(0); at < 9*time.Second; at += 100 * time.Millisecond {
		r.Roles = append(r.Roles, results.RoleSample{At: at, Node: "a", Role: "primary", Term: 1})
		if at > 4*time.Second {
			r.Roles = append(r.Roles, results.RoleSample{At: at, Node: "b", Role: "primary", Term: 2})
		}
	}
	return r
}
