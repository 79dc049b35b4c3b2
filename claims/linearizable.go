// Many people read and write one thing at the same time, and all of them must
// be able to believe that they took turns.

package claims

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Linearizable promises that each key behaves as one register: there is an
// instant for every write and read, between its sending and its end, such that
// each read gives the value written last before it (Herlihy and Wing 1990).
//
// Values are unique, so the zones of Gibbons and Korach (1997) decide it in
// n log n: per value, f is the earliest end and s the latest start over its
// write and reads; the zone is forward where f < s, else backward; no two
// forward zones overlap, and no backward zone lies inside a forward one.
// Unanswered reads say nothing; an unanswered write ends never, and counts
// only if somebody read it.
type Linearizable struct {
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the reading operation; "": "read"
	Write        string `yaml:"write,omitempty" json:"write,omitempty"` // the writing operation; "": "write"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // fewest reads of keys that were also written; 0: 100
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

// Needs no proof: an order that cannot be stays so.
func (Linearizable) Needs() Needs { return Needs{Solid: true} }

// Check judges the zones of every key.
func (c Linearizable) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "linearizable", Claim: c.String(), Wanted: "0 keys out of order"}
	read, write := ReadsNotStale{Read: c.Read, Write: c.Write}.operations()
	keys := registers(r.Requests, read, write)
	if key := disagreement(keys, r.Requests, read, write); key != "" {
		return because(v, results.Unproven, "tool error: zones and porcupine disagree about key %s", key)
	}
	bad, stranger, first := 0, "", ""
	reads := 0
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		k := keys[key]
		if k.stranger != "" {
			stranger = fmt.Sprintf("key %s gave %q, which nobody had written", key, k.stranger)
			continue
		}
		if k.writes > 0 {
			reads += k.reads
		}
		if why := disorder(k.zones()); why != "" {
			if bad++; bad == 1 {
				first = "key " + key + ": " + why
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
	case stranger != "" && whole(r):
		return because(v, results.Broken, "%s", stranger)
	case stranger != "":
		return because(v, results.Unproven, "%s, but the record of what was written is not whole", stranger)
	case reads < need:
		return because(v, results.Unproven, "only %d reads of keys that were written, wanted at least %d", reads, need)
	}
	return held(v)
}

// disagreement is a key on which the second judge says otherwise. It is asked
// of the first keys with few enough requests for it.
func disagreement(keys map[string]*register, h results.History, read, write string) string {
	asked := map[string]results.History{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if k := keys[key]; k.stranger == "" && k.writes > 0 && k.reads+k.writes <= secondOps && len(asked) < secondKeys {
			asked[key] = nil
		}
	}
	for _, q := range h {
		if _, ok := asked[q.Key]; ok {
			asked[q.Key] = append(asked[q.Key], q)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		ok, known := secondOpinion(asked[key], read, write)
		if known && ok != (disorder(keys[key].zones()) == "") {
			return key
		}
	}
	return ""
}

// register is what the history says of one key.
type register struct {
	values        map[string]*zone
	reads, writes int
	stranger      string // a value read that was never written
}

// zone is the span of a value: f is the earliest end, s the latest start.
type zone struct {
	value         string
	f, s          time.Duration
	written, read bool
	answered      bool          // the write
	sent          time.Duration // of the write
}

func registers(h results.History, read, write string) map[string]*register {
	keys := map[string]*register{}
	at := func(key string) *register {
		if keys[key] == nil {
			keys[key] = &register{values: map[string]*zone{
				seed: {value: seed, f: -never, s: -never, written: true, answered: true, sent: -never},
			}}
		}
		return keys[key]
	}
	for _, q := range h {
		if q.Operation != write || q.Fate != results.Answered && q.Fate != results.Unanswered {
			continue
		}
		k := at(q.Key)
		z := &zone{value: q.Value, f: never, s: q.Sent, written: true, sent: q.Sent}
		if q.Fate == results.Answered {
			z.f, z.answered = q.Done, true
		}
		k.writes++
		k.values[q.Value] = z
	}
	for _, q := range h {
		if q.Operation != read || q.Fate != results.Answered || q.Value == "" {
			continue
		}
		k := at(q.Key)
		k.reads++
		z := k.values[q.Value]
		if z == nil || q.Done < z.sent {
			k.stranger = q.Value
			continue
		}
		z.f, z.s, z.read = min(z.f, q.Done), max(z.s, q.Sent), true
	}
	return keys
}

// zones is the zones that count.
func (k *register) zones() []zone {
	var all []zone
	for _, z := range k.values {
		if z.read || z.answered && z.value != seed {
			all = append(all, *z)
		}
	}
	return all
}

// disorder says which zones cannot be put in order, or nothing.
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
			return fmt.Sprintf("%s and %s were each read after the other was there", a.value, b.value)
		}
	}
	// The forward zones are now apart, so at most one of them can hold a backward one:
	// the last that begins before it does.
	slices.SortFunc(backward, func(a, b zone) int {
		return cmp.Or(cmp.Compare(a.s, b.s), cmp.Compare(a.value, b.value))
	})
	for _, b := range backward {
		i := sort.Search(len(forward), func(i int) bool { return forward[i].f >= b.s })
		if i > 0 && b.f < forward[i-1].s {
			return fmt.Sprintf("%s came and went while %s was there", b.value, forward[i-1].value)
		}
	}
	return ""
}

// Violation is a run in which the seed is read long after it was overwritten.
func (c Linearizable) Violation() *results.Run {
	return ReadsNotStale{Read: c.Read, Write: c.Write}.Violation()
}
