package scenarios

import (
	"context"
	"errors"

	"github.com/holdfast-lab/holdfast/results"
)

// Signalled is the cause of a context that a signal ended.
type Signalled interface {
	error
	SignalNumber() int
}

// endOf is how a play ended, from its context and what went wrong.
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
