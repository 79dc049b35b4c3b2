package scenarios

import (
	"fmt"
	"maps"
	"slices"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/topologies"
)

// inForce is a step that is being played.
type inForce struct {
	fault     chaos.Fault
	on, peers []string
}

// claim notes that a step is about to be played, unless one that is in force
// prevents that on one of its nodes. Paper cannot tell where roles move.
func (b *stepRunner) claim(n int, s Step, on, peers []topologies.Instance) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	second := chaos.Played{Fault: s.Fault, Peers: nodeNames(peers)}
	for _, step := range slices.Sorted(maps.Keys(b.inForce)) {
		f := b.inForce[step]
		for _, name := range nodeNames(on) {
			if !slices.Contains(f.on, name) {
				continue
			}
			if why := chaos.Prevents(chaos.Played{Fault: f.fault, Peers: f.peers}, second); why != "" {
				return fmt.Errorf("%s %s, within step %d: %s; to do: let the steps follow each other", s.Fault, name, step+1, why)
			}
		}
	}
	if b.inForce == nil {
		b.inForce = map[int]inForce{}
	}
	b.inForce[n] = inForce{s.Fault, nodeNames(on), second.Peers}
	return nil
}

// release notes that a step has been played.
func (b *stepRunner) release(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inForce, n)
}
