package scenarios

import (
	"context"
	"errors"

	"github.com/holdfast-lab/holdfast/results"
)

// Signalled is the cause of a context that was ended by a signal.
type Signalled interface {
	error
	SignalNumber() int
}

// endOf returns how a run ended, from its context and its error.
func endOf(ctx context.Context, err error) results.End {
	var end results.End
	if err != nil {
		end.Failed = err.Error()
	}
	var s Signalled
	if errors.As(context.Cause(ctx), &s) {
		end.Signal = s.SignalNumber()
	}
	return end
}
