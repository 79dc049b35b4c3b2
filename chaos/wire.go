package chaos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// Wire is a fault about a wire: it takes peers, the other ends.
type Wire interface {
	Fault
	// NeedsPeers says whether the fault is an error without peers.
	NeedsPeers() bool
}

// Checker is a fault whose options can be wrong; Check says so on paper.
type Checker interface {
	Check() error
}

// about says of which setting an error is; nil stays nil.
func about(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", setting, err)
}

// patience is how long the witness of a rule waits for natural traffic. A wire
// under load carries packets many times a second, and a replication link or a
// lease is refreshed every few seconds.
const patience = 5 * time.Second

// poll is how often a counter is read until it rises. A reading is a command
// beside the node and costs CPU on the host that is being measured.
const poll = 50 * time.Millisecond

// rule is one packet rule that was set, on a node and about a peer.
type rule struct {
	on   topologies.Instance
	peer string // its name
	id   string
	met  uint64    // packets so far
	of   time.Time // the start of its node, in whose network it lives

	by             time.Duration // of a delay; else 0
	before, during time.Duration // its round trips
}

// wires is a fault's work on wires: what it does to each, and how that reads.
type wires struct {
	verb string        // for errors: "cut"
	done string        // what happened to the packets, for the witness: "dropped"
	by   time.Duration // by how much the wire gets longer; 0: not at all
	set  func(ctx context.Context, net topologies.NetRules, peer string) (id string, err error)
}

// removeRules is the undo of what was done to wires.
func removeRules(on []topologies.Instance) string { return "remove the packet rules of " + names(on) }

// inject sets a rule on each node about each peer and returns when every node
// has met a packet. One packet on one of a node's wires is enough: a wire that
// carries nothing meanwhile is cut all the same, and the witness names it. All
// is made ready first, so that the rules come close together; the fault is felt
// from the first of them on, however late a packet meets it.
func (w wires) inject(ctx context.Context, on, peers []topologies.Instance) (Injection, error) {
	var rules []*rule
	inj := Injection{Heal: func(ctx context.Context) (string, error) { return lift(ctx, rules) }}
	for _, i := range on {
		rules = append(rules, w.plan(i, peers)...)
	}
	if len(rules) == 0 {
		return inj, fmt.Errorf("%s %s: no other node at the other end of the wire", w.verb, names(on))
	}
	err := w.ready(ctx, on, rules)
	if err == nil {
		inj.Effect, err = w.lay(ctx, on, rules)
	}
	if err == nil {
		err = meet(ctx, rules)
	}
	if err == nil {
		err = feel(ctx, rules)
	}
	if err != nil {
		return inj, fmt.Errorf("%s %s: %w", w.verb, names(on), err)
	}
	for _, r := range rules {
		inj.Meters = append(inj.Meters, r.meter())
	}
	inj.Witness = w.witness(rules)
	inj.Lasted = func(ctx context.Context) (string, []Meter, error) { return w.lasted(ctx, rules) }
	return inj, nil
}

// plan is the rules of one node, none of them set.
func (w wires) plan(i topologies.Instance, peers []topologies.Instance) (rules []*rule) {
	if len(peers) == 0 {
		return []*rule{{on: i, by: w.by}}
	}
	for _, p := range peers {
		if p.Name() != i.Name() { // a node has no wire to itself
			rules = append(rules, &rule{on: i, peer: p.Name(), by: w.by})
		}
	}
	return rules
}

// ready prepares every node and measures the wires that are about to get longer.
func (w wires) ready(ctx context.Context, on []topologies.Instance, rules []*rule) error {
	_, _, err := each(on, func(_ int, i topologies.Instance) (seen, error) {
		net, err := i.Network(ctx)
		for _, r := range rules {
			if err == nil && r.on == i && r.by > 0 {
				err = toward(r, r.measure(ctx, net))
			}
		}
		return seen{}, err
	})
	return err
}

// lay sets the rules, those of several nodes at the same time, and says when
// the first was set.
func (w wires) lay(ctx context.Context, on []topologies.Instance, rules []*rule) (first time.Time, err error) {
	_, first, err = each(on, func(_ int, i topologies.Instance) (s seen, err error) {
		net, err := i.Network(ctx)
		var now topologies.State
		if err == nil {
			now, err = i.State(ctx)
		}
		for _, r := range rules {
			if err != nil {
				break
			}
			if r.on != i {
				continue
			}
			r.of = now.StartedAt
			if r.id, err = w.set(ctx, net, r.peer); err == nil && s.from.IsZero() {
				s.from = time.Now()
			}
			err = toward(r, err)
		}
		return s, err
	})
	return first, err
}

// toward says about which wire an error is.
func toward(r *rule, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s towards %s: %w", r.on.Name(), r.far(), err)
}

// far is the far end for people.
func (r *rule) far() string { return cmp.Or(r.peer, "anyone") }

// meet waits until each node has met a packet on one of its wires at least.
func meet(ctx context.Context, rules []*rule) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("waited %v", patience))
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		silent, err := count(ctx, rules)
		if err != nil {
			return err
		}
		if len(silent) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no packet matched the rule of %s: %w", strings.Join(silent, ", "), context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// count reads every rule's counter and names the nodes that have met nothing.
func count(ctx context.Context, rules []*rule) (silent []string, err error) {
	met := map[string]uint64{}
	for _, r := range rules {
		net, err := r.on.Network(ctx)
		if err == nil {
			r.met, err = net.Hits(ctx, r.id)
		}
		if err != nil {
			return nil, fmt.Errorf("read the counter of %s: %w", r.on.Name(), err)
		}
		met[r.on.Name()] += r.met
	}
	for _, r := range rules {
		if name := r.on.Name(); met[name] == 0 {
			silent = append(silent, name)
			met[name] = 1 // named once
		}
	}
	return silent, nil
}

// feel sees of every wire that was made longer that it is.
func feel(ctx context.Context, rules []*rule) error {
	for _, r := range rules {
		if r.by == 0 {
			continue
		}
		net, err := r.on.Network(ctx)
		if err == nil {
			err = r.slowed(ctx, net)
		}
		if err != nil {
			return fmt.Errorf("measure the wire of %s and %s: %w", r.on.Name(), r.far(), err)
		}
	}
	return nil
}

// witness tells what each rule met.
func (w wires) witness(rules []*rule) string {
	var seen []string
	for _, r := range rules {
		text := fmt.Sprintf("%s and %s: %d packets %s", r.on.Name(), r.far(), r.met, w.done)
		if r.met == 0 {
			text = fmt.Sprintf("%s and %s: silent", r.on.Name(), r.far())
		}
		if r.by > 0 {
			text += fmt.Sprintf(", round trip %v, before %v", r.during, r.before)
		}
		seen = append(seen, text)
	}
	return strings.Join(seen, ", ")
}

// lift takes every rule away that was set and sees that it is gone. One that
// stays does not keep the others.
func lift(ctx context.Context, rules []*rule) (string, error) {
	var gone []string
	var errs []error
	for _, r := range rules {
		if r.id == "" {
			continue
		}
		text, err := r.lift(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("restore the wire of %s and %s: %w", r.on.Name(), r.far(), err))
			continue
		}
		gone = append(gone, fmt.Sprintf("%s and %s: %s", r.on.Name(), r.far(), text))
	}
	return strings.Join(gone, ", "), errors.Join(errs...)
}

// lift takes one rule away. A rule lives in the network namespace of its node
// and dies with it, so a node that is down or was started again has none.
func (r *rule) lift(ctx context.Context) (string, error) {
	s, err := r.on.State(ctx)
	if err != nil {
		return "", err
	}
	if !s.Running {
		return "rule removed with the node", nil
	}
	net, err := r.on.Network(ctx)
	if err != nil {
		return "", err
	}
	if err := net.Remove(ctx, r.id); err != nil {
		return "", err
	}
	switch _, err := net.Hits(ctx, r.id); {
	case err == nil:
		return "", errors.New("the rule still exists")
	case !errors.Is(err, topologies.ErrNoRule):
		return "", fmt.Errorf("check that the rule is removed: %w", err)
	case r.by == 0:
		return "rule removed", nil
	}
	trip, err := r.quick(ctx, net)
	return "rule removed, " + trip, err
}
