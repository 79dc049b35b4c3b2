package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/holdfast-lab/holdfast/topologies"
)

// lasted checks, just before the undo, that every rule is still in effect.
func (w wires) lasted(ctx context.Context, rules []*rule) (string, []Meter, error) {
	var seen []string
	var now []Meter
	for _, r := range rules {
		s, err := r.on.State(ctx)
		if err == nil && s.Running {
			err = r.lasted(ctx, s)
		}
		if err != nil {
			return "", nil, fmt.Errorf("the wire of %s and %s: %w", r.on.Name(), r.far(), err)
		}
		m := r.meter()
		m.Down = !s.Running
		now = append(now, m)
		text := fmt.Sprintf("%s and %s: %d packets %s", r.on.Name(), r.far(), r.met, w.done)
		if m.Down {
			text = fmt.Sprintf("%s and %s: rule removed with the node", r.on.Name(), r.far())
		}
		seen = append(seen, text)
	}
	return strings.Join(seen, ", "), now, nil
}

// lasted checks that the rule of a running node still exists in the network
// namespace in which it was set, and reads its counter.
func (r *rule) lasted(ctx context.Context, s topologies.State) error {
	if !s.StartedAt.Equal(r.of) {
		return fmt.Errorf("the node was started again at %s, and the rule went with its network", s.StartedAt.Format(clock))
	}
	net, err := r.on.Network(ctx)
	if err != nil {
		return err
	}
	met, err := net.Hits(ctx, r.id)
	if err != nil {
		return fmt.Errorf("the rule did not last: %w", err)
	}
	r.met = met
	if r.by > 0 {
		return r.stays(ctx, net)
	}
	return nil
}

// meter returns the last reading of the rule's counter.
func (r *rule) meter() Meter {
	return Meter{Node: r.on.Name(), Peer: r.far(), Counts: "packets", Count: r.met}
}
