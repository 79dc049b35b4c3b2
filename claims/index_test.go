package claims

import "testing"

// TestIndexInAnyOrder checks that the parts of an index can be requested in any
// order.
func TestIndexInAnyOrder(t *testing.T) {
	q := session("read", 1, 2, "7", "a", 3)
	if r := newIndex(story(q)).row(0); r.sent != q.Sent || r.done != q.Done || r.client != 3 || !r.answered {
		t.Errorf("the row is %+v", r)
	}
	if n := len(newIndex(story(q)).batch("read").answered); n != 1 {
		t.Errorf("the batch has %d", n)
	}
	if names := newIndex(story(q)).number(); len(names) != 1 || names[0] != "7" {
		t.Errorf("the keys are %v", names)
	}
}
