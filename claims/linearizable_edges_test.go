package claims

import (
	"fmt"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

func TestLinearizableEdges(t *testing.T) {
	w := func(sent, done int, key, value string) results.Request {
		return session("write", sent, done, key, value, 1)
	}
	r := func(sent, done int, key, value string) results.Request {
		return session("read", sent, done, key, value, 2)
	}
	c := Linearizable{LeastSamples: 1}
	exactly(t, []reading{
		{"three keys, two of them in order", c, story(w(0, 1, "7", "a"), w(2, 3, "7", "b"), w(0, 1, "8", "c"), w(2, 3, "8", "d"), w(0, 1, "9", "e"), w(2, 3, "9", "f"),
			r(4, 5, "7", "b"), r(4, 5, "8", "d"), r(6, 7, "9", "e")), results.Broken, 3, "1 of 3 keys out of order, 3 reads", "key 9: f appeared and disappeared while e was current"},
		{"two keys out of order, and the first by name is told", c, story(w(0, 1, "8", "a"), r(2, 3, "8", "seed"), w(0, 1, "7", "b"), r(2, 3, "7", "seed")), results.Broken, 2,
			"2 of 2 keys out of order, 2 reads", "key 7: b appeared and disappeared while seed was current"},
		{"keys of other operations are none", c, story(w(0, 1, "7", "a"), r(2, 3, "7", "a"), session("look", 0, 1, "9", "a", 1)), results.Held, 1, "0 of 1 keys out of order, 1 reads", ""},
		{"reads of what was never written to, or by strangers, do not count", c, changed(story(w(0, 1, "7", "a"), r(2, 3, "7", "a"), r(0, 1, "8", "seed"), w(0, 1, "9", "c"), r(2, 3, "9", "x")), func(r *results.Run) { r.Finished = false }),
			results.Unproven, 1, "0 of 3 keys out of order, 1 reads", `key 9 returned "x", which was never written, but the record of writes is incomplete`},
		{"out of order outranks a stranger", c, story(w(0, 1, "7", "a"), r(2, 3, "7", "x"), w(0, 1, "8", "b"), r(2, 3, "8", "seed")), results.Broken, 1, "1 of 2 keys out of order, 1 reads",
			"key 8: b appeared and disappeared while seed was current"},
		{"the first that came and went", c, story(w(0, 1, "7", "a"), w(10, 11, "7", "b"), w(5, 6, "7", "c"), r(20, 21, "7", "a")), results.Broken, 1, "1 of 1 keys out of order, 1 reads",
			"key 7: c appeared and disappeared while a was current"},
		{"came as the other was there, and went after it", c, story(w(0, 2, "7", "a"), w(2, 9, "7", "b"), r(4, 5, "7", "a")), results.Held, 1, "0 of 1 keys out of order, 1 reads", ""},
		{"read as the next was there", c, story(w(0, 1, "7", "a"), r(2, 4, "7", "a"), w(2, 4, "7", "b"), r(4, 5, "7", "b")), results.Held, 2, "0 of 1 keys out of order, 2 reads", ""},
		{"as many as wanted", Linearizable{LeastSamples: 2}, story(w(0, 1, "7", "a"), r(2, 3, "7", "a"), r(2, 3, "7", "a")), results.Held, 2, "0 of 1 keys out of order, 2 reads", ""},
		{"one too few", Linearizable{LeastSamples: 3}, story(w(0, 1, "7", "a"), r(2, 3, "7", "a"), r(2, 3, "7", "a")), results.Unproven, 2, "0 of 1 keys out of order, 2 reads",
			"only 2 reads of keys that were written; at least 3 are required"},
	})
	twice := newIndex(story(w(0, 1, "7", "a"), w(2, 3, "7", "a"), w(4, 5, "7", "b"))).registers("read", "write")[0]
	if len(twice.values) != 3 || twice.values[1].s != w(2, 3, "7", "a").Sent {
		t.Errorf("of a value written twice the last stands for both: %+v", twice.values)
	}
}

// TestDisagreement checks that porcupine detects errors of the zones, and which
// keys it checks.
func TestDisagreement(t *testing.T) {
	history := func(keys, reads int) *results.Run {
		var h results.History
		for k := range keys {
			key := fmt.Sprintf("%02d", k)
			h = append(h, session("write", 0, 1, key, "v"+key, 1))
			for n := range reads {
				h = append(h, session("read", 2+2*n, 3+2*n, key, "v"+key, 2))
			}
		}
		return story(h...)
	}
	// wrong changes a key as if its value had existed before it was written.
	wrong := func(k *register) {
		k.values[0] = zone{value: seed, f: k.values[1].f - 1, s: k.values[1].f + 1, read: true}
	}
	for _, c := range []struct {
		name   string
		run    *results.Run
		change func([]register)
		want   string
	}{
		{"agreed", history(1, 3), func([]register) {}, ""},
		{"the only key", history(1, 3), func(ks []register) { wrong(&ks[0]) }, "00"},
		{"the second key", history(3, 3), func(ks []register) { wrong(&ks[1]) }, "01"},
		{"the last of as many as are asked", history(secondKeys+1, 1), func(ks []register) { wrong(&ks[secondKeys-1]) }, "19"},
		{"one more", history(secondKeys+1, 1), func(ks []register) { wrong(&ks[secondKeys]) }, ""},
		{"as long as is asked", history(1, secondOps-1), func(ks []register) { wrong(&ks[0]) }, "00"},
		{"longer", history(1, secondOps), func(ks []register) { wrong(&ks[0]) }, ""},
		{"a key with a stranger", history(1, 3), func(ks []register) { wrong(&ks[0]); ks[0].stranger = "x" }, ""},
		{"a key that was never written to", history(1, 3), func(ks []register) { wrong(&ks[0]); ks[0].writes = 0 }, ""},
	} {
		x := newIndex(c.run)
		keys := x.registers("read", "write")
		c.change(keys)
		got := disagreement(x, keys, "read", "write")
		for range 100 { // on a busy machine porcupine may not finish in time
			if got == c.want {
				break
			}
			got = disagreement(x, keys, "read", "write")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNoSecondOpinion gives porcupine what it cannot decide in time: very many
// concurrent writes, and reads that alternate.
func TestNoSecondOpinion(t *testing.T) {
	var h results.History
	for n := range 120 {
		h = append(h, session("write", 0, 1000, "7", fmt.Sprint("v", n), n))
	}
	for n, value := range []string{"v0", "v1", "v0"} {
		h = append(h, session("read", 1001+2*n, 1002+2*n, "7", value, 1))
	}
	x := newIndex(story(h...))
	keys := x.registers("read", "write")
	if ok, known := checkedByPorcupine(h, "read", "write"); known || ok {
		t.Fatalf("the second judge knows in time (%v): %v", known, ok)
	}
	keys[0].values = keys[0].values[:2] // as if all were in order
	if got := disagreement(x, keys, "read", "write"); got != "" {
		t.Errorf("what it does not know is no disagreement about key %s", got)
	}
}
