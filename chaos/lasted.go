// A fault must last until its undo: just before the undo, the state of the
// nodes is compared with their state when the fault took effect.

package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/topologies"
)

// look is the state of a node when a fault took effect.
type look struct {
	on   topologies.Instance
	then topologies.State
}

// same checks that every node is still in its earlier state, without an
// interruption: a node that was started and ended again in between has other
// times.
func same(looks []look) Lasted {
	return func(ctx context.Context) (string, []Meter, error) {
		var seen []string
		for _, l := range looks {
			now, err := l.on.State(ctx)
			if err != nil {
				return "", nil, fmt.Errorf("inspect %s: %w", l.on.Name(), err)
			}
			if why := l.differs(now); why != "" {
				return "", nil, fmt.Errorf("%s %s", l.on.Name(), why)
			}
			seen = append(seen, l.on.Name()+" still "+reads(now))
		}
		return strings.Join(seen, ", "), nil, nil
	}
}

// differs says how the state now differs from the earlier one; "" if it does
// not.
func (l look) differs(now topologies.State) string {
	switch {
	case now.Running != l.then.Running || now.Paused != l.then.Paused:
		return reads(now)
	case !now.StartedAt.Equal(l.then.StartedAt):
		return fmt.Sprintf("was started again at %s, and %s", now.StartedAt.Format(clock), reads(now))
	case !now.Running && !now.FinishedAt.Equal(l.then.FinishedAt):
		return fmt.Sprintf("ran again until %s", now.FinishedAt.Format(clock))
	}
	return ""
}

// clock is the format of a time of day in messages.
const clock = "15:04:05.000"

// reads describes a state in messages.
func reads(s topologies.State) string {
	switch {
	case !s.Running:
		return fmt.Sprintf("exited %d", s.ExitCode)
	case s.Paused:
		return "frozen"
	}
	return "runs"
}
