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

// Wire is a fault on wires, the network paths between nodes. Its peers are the
// other ends.
type Wire interface {
	Fault
	// NeedsPeers reports whether Inject requires peers.
	NeedsPeers() bool
}

// Checker is a fault whose options can be invalid; Check returns the error
// without injecting the fault.
type Checker interface {
	Check() error
}

// about prefixes an error with the setting that it concerns; nil stays nil.
func about(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", setting, err)
}

// patience is how long a witness waits for the node's own traffic to match a
// rule. Under load a wire carries packets many times a second, and replication
// connections and leases are refreshed every few seconds.
const patience = 5 * time.Second

// poll is the interval at which a counter is read until it rises. Each reading
// runs a command next to the node and costs CPU on the measured host.
const poll = 50 * time.Millisecond

// rule is one packet rule on a node, for traffic with one peer.
type rule struct {
	on   topologies.Instance
	peer string // the peer's name; "" for all peers
	id   string
	met  uint64    // packets that have matched so far
	of   time.Time // start time of the node, whose network namespace holds the rule

	by             time.Duration // length of the delay; 0 for other rules
	before, during time.Duration // round trip times before and during the delay
}

// wires is the common part of the faults on wires.
type wires struct {
	verb string        // for errors: "cut"
	done string        // what happened to matching packets, for the witness: "dropped"
	by   time.Duration // length of the delay; 0 for other faults
	set  func(ctx context.Context, net topologies.NetRules, peer string) (id string, err error)
}

// removeRules describes the undo of the faults on wires.
func removeRules(on []topologies.Instance) string { return "remove the packet rules of " + names(on) }

// inject sets a rule on each node for each peer and returns when every node has
// had a packet that matched. One packet on one of a node's wires is enough: a
// wire without traffic is still cut, and the witness names it as silent. The
// nodes are prepared first, so that the rules are set within a short time. The
// effect begins with the first rule, however late a packet matches it.
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

// plan returns the rules of one node, before they are set.
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

// ready prepares every node and measures the round trips of wires that will be
// delayed.
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

// lay sets the rules, concurrently on all nodes, and returns when the first was
// set.
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

// toward adds the wire to an error.
func toward(r *rule, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s towards %s: %w", r.on.Name(), r.far(), err)
}

// far names the other end in messages.
func (r *rule) far() string { return cmp.Or(r.peer, "anyone") }

// meet waits until at least one rule of each node has matched a packet.
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

// count reads every rule's counter and returns the nodes on which no rule has
// matched.
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
			met[name] = 1 // so that each node is listed once
		}
	}
	return silent, nil
}

// feel checks that the round trip on every delayed wire has grown.
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

// witness lists how many packets matched each rule.
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

// lift removes every rule that was set and checks that it is removed. An error
// with one rule does not stop the others.
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

// lift removes one rule. A rule lives in the network namespace of its node and
// is removed with it, so a node that is down or was started again has none.
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
