// Many clients read and write one register concurrently. The result must be as
// if they had done so one after another.

package claims

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Linearizable promises that each key behaves as one register: every write and
// read takes effect at one instant between its sending and its end, such that
// each read returns the value written last before it (Herlihy and Wing 1990).
//
// Values are unique, so the zones of Gibbons and Korach (1997) decide it in O(n
// log n): per value, f is the earliest end and s the latest start over its
// write and reads; the zone is forward if f < s, otherwise backward; no two
// forward zones may overlap, and no backward zone may lie inside a forward one.
// Unanswered reads are ignored. An unanswered write has no end, and counts only
// if it was read.
type Linearizable struct {
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the reading operation; "": "read"
	Write        string `yaml:"write,omitempty" json:"write,omitempty"` // the writing operation; "": "write"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // least number of reads of keys that were also written; 0: 100
}

// String is the promise as a sentence.
func (Linearizable) String() string { return "each key behaves as one register" }

// Valid refuses a negative number.
func (c Linearizable) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check linearizable: least is negative")
	}
	return nil
}

// Needs no proof: an impossible order stays impossible.
func (Linearizable) Needs() Needs { return Needs{Solid: true} }

// Check judges the zones of every key.
func (c Linearizable) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c Linearizable) check(x *index) results.Verdict {
	v := results.Verdict{Name: "linearizable", Claim: c.String(), Wanted: "0 keys out of order"}
	read, write := ReadsNotStale{Read: c.Read, Write: c.Write}.operations()
	keys := x.registers(read, write)
	if key := disagreement(x, keys, read, write); key != "" {
		return because(v, results.Unproven, "tool error: zones and porcupine disagree about key %s", key)
	}
	bad, stranger, first := 0, "", ""
	reads := 0
	for i := range keys {
		k := &keys[i]
		if k.stranger != "" {
			stranger = fmt.Sprintf("key %s returned %q, which was never written", k.key, k.stranger)
			continue
		}
		if k.writes > 0 {
			reads += k.reads
		}
		if why := disorder(k.zones()); why != "" {
			if bad++; bad == 1 {
				first = "key " + k.key + ": " + why
			}
		}
	}
	v.N = reads
	v.Measured = fmt.Sprintf("%d of %d keys out of order, %d reads", bad, len(keys), reads)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case bad > 0:
		return because(v, results.Broken, "%s", first)
	case stranger != "" && complete(x.run):
		return because(v, results.Broken, "%s", stranger)
	case stranger != "":
		return because(v, results.Unproven, "%s, but the record of writes is incomplete", stranger)
	case reads < need:
		return because(v, results.Unproven, "only %d reads of keys that were written; at least %d are required", reads, need)
	}
	return held(v)
}

// disagreement is a key on which porcupine disagrees. It checks the first keys
// that have few enough requests.
func disagreement(x *index, keys []register, read, write string) string {
	var asked []*register
	chosen := make([]bool, len(x.names))
	for i := range keys {
		if k := &keys[i]; k.stranger == "" && k.writes > 0 && k.reads+k.writes <= secondOps && len(asked) < secondKeys {
			asked, chosen[k.number] = append(asked, k), true
		}
	}
	if len(asked) == 0 {
		return ""
	}
	told := map[int32]results.History{}
	for i := range x.run.Requests {
		if n := x.key(int32(i)); chosen[n] {
			told[n] = append(told[n], x.run.Requests[i])
		}
	}
	for _, k := range asked {
		ok, known := checkedByPorcupine(told[k.number], read, write)
		if known && ok != (disorder(k.zones()) == "") {
			return k.key
		}
	}
	return ""
}

// register is the history of one key.
type register struct {
	key           string
	number        int32
	values        []zone // of the seed, then of each write
	reads, writes int
	stranger      string // a value that was read but never written
}

// zone is the span of a value: f is the earliest end, s the latest start.
type zone struct {
	value    string
	f, s     time.Duration
	read     bool
	answered bool // the write; the seed's is not a request of the run
}

// registers returns the keys that the operations used, sorted by name.
func (x *index) registers(read, write string) []register {
	l, rs := x.ledger(write), x.reads(read, write)
	all := make([]register, len(x.number()))
	for _, i := range l.writes {
		all[x.key(i)].writes++
	}
	for n, i := range rs.list {
		k := &all[x.key(i)]
		if k.reads++; rs.origin[n] == nobody {
			k.stranger = x.at(i).Value
		}
	}
	zones := make([]zone, 0, len(l.writes)+len(all))
	for n := range all {
		k := &all[n]
		from, to := len(zones), len(zones)+1+k.writes
		k.key, k.number, k.values = x.names[n], int32(n), zones[from:from+1:to]
		k.values[0] = zone{value: seed, f: -never, s: -never}
		zones = zones[:to]
	}
	place := make([]int32, len(x.run.Requests)) // per write, its position in its register
	for _, i := range l.writes {
		q, k := x.at(i), &all[x.key(i)]
		if l.more != nil && l.last(q.Value, q.Key) != i {
			continue // written again: the last write stands for all
		}
		place[i] = int32(len(k.values))
		k.values = append(k.values, zone{value: q.Value, f: x.row(i).certainly(), s: q.Sent, answered: q.Fate == results.Answered})
	}
	for n, i := range rs.list {
		w := rs.origin[n]
		if w == nobody {
			continue
		}
		q, at := x.row(i), int32(0)
		if w != before {
			at = place[w]
		}
		z := &all[q.key].values[at]
		z.f, z.s, z.read = min(z.f, q.done), max(z.s, q.sent), true
	}
	all = slices.DeleteFunc(all, func(k register) bool { return k.reads+k.writes == 0 })
	slices.SortFunc(all, func(a, b register) int { return cmp.Compare(a.key, b.key) })
	return all
}

// zones returns the zones that count.
func (k *register) zones() []zone {
	all := make([]zone, 0, len(k.values))
	for _, z := range k.values {
		if z.read || z.answered {
			all = append(all, z)
		}
	}
	return all
}

// disorder says which zones cannot be ordered, or "".
func disorder(all []zone) string {
	var forward, backward []zone
	for _, z := range all {
		if z.f < z.s {
			forward = append(forward, z)
		} else {
			backward = append(backward, z)
		}
	}
	slices.SortFunc(forward, func(a, b zone) int {
		return cmp.Or(cmp.Compare(a.f, b.f), cmp.Compare(a.s, b.s), cmp.Compare(a.value, b.value))
	})
	for i := 1; i < len(forward); i++ {
		if a, b := forward[i-1], forward[i]; b.f < a.s {
			return fmt.Sprintf("%s and %s were each read after the other was current", a.value, b.value)
		}
	}
	// The forward zones are now disjoint, so at most one of them can contain a
	// backward one: the last that begins before it.
	slices.SortFunc(backward, func(a, b zone) int {
		return cmp.Or(cmp.Compare(a.s, b.s), cmp.Compare(a.value, b.value))
	})
	for _, b := range backward {
		i := sort.Search(len(forward), func(i int) bool { return forward[i].f >= b.s })
		if i > 0 && b.f < forward[i-1].s {
			return fmt.Sprintf("%s appeared and disappeared while %s was current", b.value, forward[i-1].value)
		}
	}
	return ""
}

// Violation is a run in which the seed is read long after it was overwritten.
func (c Linearizable) Violation() *results.Run {
	return ReadsNotStale{Read: c.Read, Write: c.Write}.Violation()
}
