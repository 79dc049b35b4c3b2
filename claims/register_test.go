package claims

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/holdfast-lab/holdfast/results"
)

// histories is how many histories TestRegister judges. The long version, about
// four minutes: go test ./claims -run TestRegister -histories 1000000 -timeout
// 30m -v
var histories = flag.Int("histories", 20_000, "how many random histories TestRegister lets all judges judge")

// shortest is the largest number of requests of a key for which every order is
// tried.
const shortest = 7

// TestRegister lets the claim judge random histories of one or two keys, some
// of them out of order, and compares it with an exhaustive search over all
// orders if they are short, and with porcupine, without its time limit, if they
// are long.
func TestRegister(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	verdicts := map[string]int{}
	for n := range *histories {
		size, judge := 2+rnd.IntN(shortest-1), "every order"
		if n%4 == 3 {
			size, judge = 8+rnd.IntN(33), "porcupine"
		}
		h := anyHistory(rnd, size)
		want := true
		for _, key := range keysOf(h) {
			one := about(h, key)
			if judge == "porcupine" {
				want = want && porcupine.CheckOperations(oneRegister, calls(one, "read", "write"))
			} else {
				want = want && inSomeOrder(one)
			}
		}
		v := Linearizable{LeastSamples: 1}.Check(story(h...))
		if (v.Outcome != results.Broken) != want || strings.HasPrefix(v.Why, "tool error") {
			t.Fatalf("history %d: %v (%s), but %s says %v: %s", n, v.Outcome, v.Why, judge, want, written(h))
		}
		verdicts[fmt.Sprintf("%s: %v", judge, want)]++
	}
	t.Logf("%d histories: %v", *histories, verdicts)
	for _, kind := range []string{"every order: true", "every order: false", "porcupine: true", "porcupine: false"} {
		if verdicts[kind] < *histories/20 {
			t.Errorf("the histories are too much alike: %v", verdicts)
		}
	}
}

func keysOf(h results.History) []string {
	var keys []string
	for _, q := range h {
		if !slices.Contains(keys, q.Key) {
			keys = append(keys, q.Key)
		}
	}
	return keys
}

// about is the requests of one key.
func about(h results.History, key string) results.History {
	return slices.DeleteFunc(slices.Clone(h), func(q results.Request) bool { return q.Key != key })
}

// anyHistory is what clients saw of correct registers that answer late, never,
// or with a refusal; in three quarters of the cases some of it is then
// falsified.
func anyHistory(rnd *rand.Rand, size int) results.History {
	h := make(results.History, size)
	effect := make([]int, size) // when it happens, in half units; negative: never
	span := 2 + rnd.IntN(2*size)
	if size > shortest {
		span = size + rnd.IntN(3*size) // limits the overlap, so that porcupine terminates: it tries orders of overlapping requests
	}
	keys := 1 + rnd.IntN(2)
	for i := range h {
		sent := rnd.IntN(span)
		took := 1 + rnd.IntN(6)
		h[i] = session("read", sent, sent+took, fmt.Sprint(rnd.IntN(keys)), "", i)
		effect[i] = 2*sent + rnd.IntN(2*took+1)
		if rnd.IntN(2) == 0 {
			h[i].Operation, h[i].Value = "write", fmt.Sprint("v", i)
		}
		switch rnd.IntN(10) {
		case 0, 1:
			h[i].Fate = results.Unanswered
			if effect[i] += rnd.IntN(4 * span); rnd.IntN(3) == 0 {
				effect[i] = -1
			}
		case 2:
			h[i].Fate, effect[i] = results.Refused, -1
		}
	}
	apply(h, effect)
	if rnd.IntN(4) > 0 {
		for range 1 + rnd.IntN(4) {
			makeUp(rnd, &h[rnd.IntN(size)], h, span)
		}
	}
	return h
}

// apply sets the reads to what the registers held when they took effect.
func apply(h results.History, effect []int) {
	order := make([]int, len(h))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return effect[a] - effect[b] })
	holds := map[string]string{}
	for _, i := range order {
		q := &h[i]
		switch held, written := holds[q.Key]; {
		case effect[i] < 0:
		case q.Operation == "write":
			holds[q.Key] = q.Value
		case q.Fate != results.Answered:
		case written:
			q.Value = held
		default:
			q.Value = seed
		}
	}
}

// makeUp changes the value of a request, or its time.
func makeUp(rnd *rand.Rand, q *results.Request, h results.History, span int) {
	if q.Operation == "read" && q.Fate == results.Answered && rnd.IntN(2) == 0 {
		if q.Value = seed; rnd.IntN(4) > 0 {
			if other := h[rnd.IntN(len(h))]; other.Value != "" {
				q.Value = other.Value
			}
		}
		return
	}
	sent := rnd.IntN(span)
	q.Sent, q.Done = time.Duration(sent)*time.Millisecond, time.Duration(sent+1+rnd.IntN(4))*time.Millisecond
}

// inSomeOrder tries every order of the requests of one key: a request comes
// before another if it ended before the other was sent, a read returns the
// value written last, an unanswered write may be left out, and a refused one
// did not happen.
func inSomeOrder(h results.History) bool {
	var open results.History
	for _, q := range h {
		if q.Fate == results.Answered && q.Value != "" || q.Operation == "write" && q.Fate == results.Unanswered {
			open = append(open, q)
		}
	}
	return inOrderFrom(seed, open)
}

func answeredOne(q results.Request) bool { return q.Fate == results.Answered }

func inOrderFrom(value string, open results.History) bool {
	if !slices.ContainsFunc(open, answeredOne) {
		return true
	}
	for i, q := range open {
		if slices.ContainsFunc(open, func(p results.Request) bool { return answeredOne(p) && p.Done < q.Sent }) {
			continue // another must come first
		}
		next := q.Value
		if q.Operation == "read" && next != value {
			continue
		}
		if inOrderFrom(next, slices.Delete(slices.Clone(open), i, i+1)) {
			return true
		}
	}
	return false
}

// written formats a history.
func written(h results.History) string {
	var b strings.Builder
	for _, q := range h {
		fmt.Fprintf(&b, "\n%s %s %s %v to %v, %v", q.Operation, q.Key, q.Value, q.Sent, q.Done, q.Fate)
	}
	return b.String()
}
