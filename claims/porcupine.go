package claims

import (
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/holdfast-lab/holdfast/results"
)

// Limits of what porcupine checks: it searches through orders, which takes long
// if many requests overlap. The verdict of the zones counts only if both agree.
const (
	secondKeys  = 20
	secondOps   = 200 // per key
	secondLimit = 20 * time.Millisecond
)

// A write or a read of a register, as porcupine's input.
type call struct {
	write bool
	value string
}

// oneRegister is a register that initially holds the seed.
var oneRegister = porcupine.Model{
	Init: func() any { return seed },
	Step: func(state, input, output any) (bool, any) {
		if c := input.(call); c.write {
			return true, c.value
		}
		return state == output, state
	},
}

// checkedByPorcupine asks porcupine whether the requests of one key are
// linearizable; known is false if it did not finish in time.
func checkedByPorcupine(h results.History, read, write string) (ok, known bool) {
	switch porcupine.CheckOperationsTimeout(oneRegister, calls(h, read, write), secondLimit) {
	case porcupine.Ok:
		return true, true
	case porcupine.Illegal:
		return false, true
	}
	return false, false
}

// calls converts the requests of one key for porcupine. An empty history is
// linearizable, and an unanswered write ends at the end of time, so unanswered
// writes that nobody read are left out.
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
