// Package claims is joined by this file when its mutants are tried: what the
// planted code calls. MUTANT picks the mutant. With a negative number nothing
// is changed, and the numbers that a test comes past go to MUTANTS_SEEN.
package claims

import (
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/holdfast-lab/holdfast/results"
)

var mutActive, _ = strconv.Atoi(os.Getenv("MUTANT"))
var mutLog, _ = os.Create(os.Getenv("MUTANTS_SEEN"))
var mutSeen sync.Map

func mutOn(id int) bool {
	if mutActive < 0 {
		if _, seen := mutSeen.LoadOrStore(id, true); !seen {
			fmt.Fprintln(mutLog, id)
		}
	}
	return mutActive == id
}

type mutNumber interface {
	~int | ~int32 | ~int64 | ~uint8 | ~uint32 | ~uint64 | ~float64
}

func mutNot(id int, is bool) bool            { return is != mutOn(id) }
func mutNegative[T mutNumber](id int, x T) T { return mutPick(id, x, -x) }
func mutLess[T mutNumber | ~string](id int, a, b T) bool {
	return mutPick(id, mutPick(id+1, a < b, a >= b), a <= b)
}
func mutAtMost[T mutNumber | ~string](id int, a, b T) bool {
	return mutPick(id, mutPick(id+1, a <= b, a > b), a < b)
}
func mutMore[T mutNumber | ~string](id int, a, b T) bool {
	return mutPick(id, mutPick(id+1, a > b, a <= b), a >= b)
}
func mutAtLeast[T mutNumber | ~string](id int, a, b T) bool {
	return mutPick(id, mutPick(id+1, a >= b, a < b), a > b)
}
func mutPlus[T mutNumber](id int, a, b T) T  { return mutPick(id, a+b, a-b) }
func mutMinus[T mutNumber](id int, a, b T) T { return mutPick(id, a-b, a+b) }

func mutPick[T any](id int, right, wrong T) T {
	if mutOn(id) {
		return wrong
	}
	return right
}

func mutTimes[T mutNumber](id int, a, b T) T {
	if mutOn(id) {
		return a / b
	}
	return a * b
}

func mutOver[T mutNumber](id int, a, b T) T {
	if mutOn(id) {
		return a * b
	}
	return a / b
}

func mutRest[T ~int | ~int32 | ~int64 | ~uint64](id int, a, b T) T {
	if mutOn(id) {
		return a * b
	}
	return a % b
}

func mutAnd(id int, a bool, b func() bool) bool {
	switch {
	case mutOn(id):
		return a || b()
	case mutOn(id + 1):
		return a
	case mutOn(id + 2):
		return b()
	}
	return a && b()
}

func mutOr(id int, a bool, b func() bool) bool {
	switch {
	case mutOn(id):
		return a && b()
	case mutOn(id + 1):
		return a
	case mutOn(id + 2):
		return b()
	}
	return a || b()
}

func mutOutcome(id int, o results.Outcome) results.Outcome {
	if !mutOn(id) {
		return o
	}
	if o == results.Held {
		return results.Unproven
	}
	return results.Held
}

func mutIncrease(id int, n *int) {
	if !mutOn(id) {
		*n++
	}
}
