package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestCalls converts each kind of request for porcupine, or leaves it out.
func TestCalls(t *testing.T) {
	at := func(op, value string, fate results.Fate) results.Request {
		q := session(op, 1, 3, "7", value, 9)
		q.Fate = fate
		return q
	}
	const yes, no, refused = results.Answered, results.Unanswered, results.Refused
	h := results.History{
		at("write", "a", yes), at("write", "b", no), at("write", "c", no), at("write", "d", no), at("write", "e", refused), at("look", "a", yes),
		at("read", "b", yes), at("read", "", yes), at("read", "c", no), at("read", "a", refused), at("look", "d", yes), at("look", "b", no),
	}
	var got []string
	for _, o := range calls(h, "read", "write") {
		end := fmt.Sprint(o.Return / int64(time.Millisecond))
		if o.Return == 1<<63-1 {
			end = "never"
		}
		got = append(got, fmt.Sprintf("%d from %d to %s: %v gives %v", o.ClientId, o.Call/int64(time.Millisecond), end, o.Input, o.Output))
	}
	want := []string{"0 from 1 to 3: {true a} gives <nil>", "1 from 1 to never: {true b} gives <nil>", "6 from 1 to 3: {false } gives b"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOneRegister checks the steps of the model.
func TestOneRegister(t *testing.T) {
	state := oneRegister.Init()
	for _, c := range []struct {
		in    call
		out   any
		ok    bool
		after string
	}{
		{call{}, seed, true, seed}, {call{}, "a", false, seed}, {call{true, "a"}, nil, true, "a"}, {call{}, "a", true, "a"}, {call{}, seed, false, "a"},
	} {
		ok, next := oneRegister.Step(state, c.in, c.out)
		if ok != c.ok || next != c.after {
			t.Errorf("%+v of %v with %v: %v, %v", c.in, state, c.out, ok, next)
		}
		state = next
	}
}

// TestSecondOpinion checks all three answers.
func TestSecondOpinion(t *testing.T) {
	w, r := session("write", 0, 1, "7", "a", 1), session("read", 2, 3, "7", "a", 1)
	for value, want := range map[string]bool{"a": true, seed: false} {
		r.Value = value
		ok, known := checkedByPorcupine(results.History{w, r}, "read", "write")
		for range 100 { // on a busy machine it may not finish in time
			if known {
				break
			}
			ok, known = checkedByPorcupine(results.History{w, r}, "read", "write")
		}
		if ok != want || !known {
			t.Errorf("after a write of a a read of %s: %v, %v", value, ok, known)
		}
	}
}
