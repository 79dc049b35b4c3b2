package claims

import (
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/holdfast-lab/holdfast/results"
)

// How much the second judge is given: it tries orders, which takes long where
// many requests overlap, and the zones have the last word only where both agree.
const (
	secondKeys  = 20
	secondOps   = 200 // per key
	secondLimit = 20 * time.Millisecond
)

// write or read of a register, as porcupine is told.
type call struct {
	write bool
	value string
}

// oneRegister is a register that holds the seed at first.
var oneRegister = porcupine.Model{
	Init: func() any { return seed },
	Step: func(state, input, output any) (bool, any) {
		if c := input.(call); c.write {
			return true, c.value
		}
		return state == output, state
	},
}

// checkedByPorcupine asks porcupine whether the requests of one key are in order;
// known is false where it did not find out in time.
func checkedByPorcupine(h results.History, read, write string) (ok, known bool) {
	switch porcupine.CheckOperationsTimeout(oneRegister, calls(h, read, write), secondLimit) {
	case porcupine.Ok:
		return true, true
	case porcupine.Illegal:
		return false, true
	}
	return false, false
}

// calls tells the requests of one key to porcupine. Its traps: an empty history
// is in order, and a write that was never answered ends at the end of time, so
// such writes are left out where nobody read them.
func calls(h results.History, read, write string) []porcupine.Operation {
	seen := map[string]bool{}
	for _, q := range h {
		if q.Operation == read && q.Fate == results.Answered {
			seen[q.Value] = true
		}
	}
	var ops []porcupine.Operation
	for i, q := range h {
		o := porcupine.Operation{ClientId: i, Call: int64(q.Sent), Return: int64(q.Done)}
		switch {
		case q.Operation == read && q.Fate == results.Answered && q.Value != "":
			o.Input, o.Output = call{}, q.Value
		case q.Operation == write && q.Fate == results.Answered:
			o.Input = call{true, q.Value}
		case q.Operation == write && q.Fate == results.Unanswered && seen[q.Value]:
			o.Input, o.Return = call{true, q.Value}, math.MaxInt64
		default:
			continue
		}
		ops = append(ops, o)
	}
	return ops
}
