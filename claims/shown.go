// What a store keeps and what it shows to users can differ. A row that was
// changed by hand, or a write that reached only one of two tables, is visible
// to users but not in a count of writes.

package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// shownBy is the reading operation that shows users what a writing operation
// wrote, and whether it shows only the last value of a key; "" if there is
// none.
func shownBy(operation string) (read string, lastOnly bool) {
	switch operation {
	case "write":
		return "read", true
	case "post":
		return "list", false
	}
	return "", false
}

// differing is the keys for which users are shown something other than what was
// written.
type differing struct {
	n    int
	key  string // the smallest of them
	text string // about that key
}

// add counts one key.
func (d *differing) add(key, text string) {
	if d.n++; d.n == 1 || compareKeys(key, d.key) < 0 {
		d.key, d.text = key, text
	}
}

// compareKeys compares keys that are numbers as numbers.
func compareKeys(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

// comparison is the result of comparing what a store shows to users with the
// writes that it keeps, in their order.
type comparison struct {
	keys       int       // keys that users are shown
	lost       differing // the last written value is not shown
	unexpected differing // a value is shown that was not written to the key
}

// comparison compares what a store keeps of an operation with what it shows. A
// record without what is shown, or with values that are not unique, is not
// compared.
func (x *index) comparison(operation string, s results.Store) comparison {
	read, lastOnly := shownBy(operation)
	shown := s.Shown[read]
	if s.Shown == nil || read == "" || x.ledger(operation).more != nil {
		return comparison{}
	}
	c := comparison{keys: len(shown)}
	written, strange := x.written(operation, s, lastOnly)
	for key, values := range shown {
		want := written[key]
		if lastOnly && want == nil && isSeeded(key, s.Seeded) {
			want = []string{seed}
		}
		c.compare(x.ledger(operation), key, want, values, strange)
	}
	for key, want := range written {
		if _, ok := shown[key]; !ok {
			c.lost.add(key, fmt.Sprintf("users are shown nothing for key %s, to which %q was written", key, want[len(want)-1]))
		}
	}
	if lastOnly {
		c.unseeded(s.Seeded, written, shown)
	}
	return c
}

// written returns the values that a store keeps, by key and in its order, and
// the values that were never written, whose key is unknown.
func (x *index) written(operation string, s results.Store, lastOnly bool) (written map[string][]string, strange map[string]bool) {
	written, strange = map[string][]string{}, map[string]bool{}
	for n, i := range x.writers(operation, s) {
		value := s.Values[operation][n]
		switch {
		case i < 0:
			strange[value] = true
		case lastOnly && written[x.at(i).Key] != nil:
			written[x.at(i).Key][0] = value
		default:
			written[x.at(i).Key] = append(written[x.at(i).Key], value)
		}
	}
	return written, strange
}

// compare compares one key. A value that was never written is already counted
// where it is kept, so it is not counted again where it is shown.
func (c *comparison) compare(l *ledger, key string, want, shown []string, strange map[string]bool) {
	if slices.Equal(want, shown) {
		return
	}
	foreign := false
	for _, value := range shown {
		if strange[value] {
			return
		}
		foreign = foreign || len(want) == 0 || l.last(value, key) == nobody
	}
	text := fmt.Sprintf("users are shown %s for key %s, to which %s was written", quoted(shown), key, quoted(want))
	if foreign {
		c.unexpected.add(key, text)
	} else {
		c.lost.add(key, text)
	}
}

// quoted formats values for people; of many, only the last.
func quoted(values []string) string {
	switch len(values) {
	case 0:
		return "nothing"
	case 1:
		return fmt.Sprintf("%q", values[0])
	}
	return fmt.Sprintf("%d values, the last of them %q,", len(values), values[len(values)-1])
}

// isSeeded reports whether a key is one that the store was given before the
// run: "1", "2", ...
func isSeeded(key string, seeded int) bool {
	n, err := strconv.Atoi(key)
	return err == nil && n >= 1 && n <= seeded && strconv.Itoa(n) == key
}

// unseeded counts the keys that the store was given before the run, that were
// never written, and that are missing.
func (c *comparison) unseeded(seeded int, written, shown map[string][]string) {
	there := 0
	for key := range shown {
		if isSeeded(key, seeded) {
			there++
		}
	}
	for key := range written {
		if _, ok := shown[key]; !ok && isSeeded(key, seeded) {
			there++ // counted with the written ones
		}
	}
	if there >= seeded {
		return
	}
	for n := 1; ; n++ { // ends at the first gap, at there+1 at the latest
		key := strconv.Itoa(n)
		if shown[key] == nil && written[key] == nil {
			c.lost.add(key, fmt.Sprintf("users are shown nothing for key %s, which existed before the run", key))
			break
		}
	}
	c.lost.n += seeded - there - 1
}

// differ counts the keys for which two stores show users different values, and
// describes the smallest of them.
func differ(a, b map[string][]string) (d differing) {
	record := func(key string) {
		d.add(key, fmt.Sprintf("key %s: %s and %s", key, quoted(a[key]), quoted(b[key])))
	}
	for key, values := range a {
		if !slices.Equal(values, b[key]) {
			record(key)
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			record(key)
		}
	}
	return d
}
