package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// net is the packet rules of a node in memory. As in the kernel, a restart of
// the node creates a new network namespace without rules.
type net struct {
	rules   map[string]string
	next    int
	traffic uint64        // packets that match a rule between two reads of its counter
	late    time.Time     // there is no traffic until then
	refuses string        // the peer for which no rule can be set
	sticky  bool          // rules cannot be removed
	blind   bool          // counters cannot be read
	weak    bool          // a delay has no effect
	dead    bool          // the delaying process has died, but the rule still counts
	far     bool          // the other end does not answer
	longer  time.Duration // additional round trip time
	hiccup  time.Duration // additional time of the next round trip only
}

func (n *net) put(verb, peer string, option any) (string, error) {
	if peer == n.refuses {
		return "", errors.New("refused")
	}
	n.next++
	id := fmt.Sprint("rule-", n.next)
	n.rules[id] = strings.TrimSpace(fmt.Sprint(verb, " ", peer, " ", option))
	return id, nil
}

func (n *net) Drop(_ context.Context, peer string, d topologies.Direction) (string, error) {
	return n.put("drop", peer, d)
}

func (n *net) Lose(_ context.Context, peer string, d topologies.Direction, share float64) (string, error) {
	return n.put("lose", peer, fmt.Sprint(d, " ", share))
}

func (n *net) Delay(_ context.Context, peer string, by time.Duration) (string, error) {
	return n.put("delay", peer, by)
}

func (n *net) Limit(_ context.Context, peer string, bits int64) (string, error) {
	return n.put("limit", peer, bits)
}

func (n *net) Hits(_ context.Context, id string) (uint64, error) {
	if n.blind {
		return 0, errors.New("no answer")
	}
	if _, ok := n.rules[id]; !ok {
		return 0, topologies.ErrNoRule
	}
	if n.dead {
		return 0, errors.New("nobody delays")
	}
	if time.Now().Before(n.late) {
		return 0, nil
	}
	return n.traffic, nil
}

// RoundTrip takes 1 ms plus the delay of every rule for the peer.
func (n *net) RoundTrip(_ context.Context, peer string) (time.Duration, error) {
	if n.far {
		return 0, errors.New("no answer")
	}
	trip := time.Millisecond + n.longer + n.hiccup
	n.hiccup = 0
	for _, r := range n.rules {
		if by, ok := strings.CutPrefix(r, "delay "+peer+" "); ok && !n.weak && !n.dead {
			d, _ := time.ParseDuration(by)
			trip += d
		}
	}
	return trip, nil
}

func (n *net) Remove(_ context.Context, id string) error {
	if !n.sticky {
		delete(n.rules, id)
	}
	return nil
}

func (n *net) list() string {
	var all []string
	for _, r := range n.rules {
		all = append(all, r)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func (n *node) Network(context.Context) (topologies.NetRules, error) {
	if !n.state.Running {
		return nil, errors.New("no namespace")
	}
	return n.net, nil
}

// wired returns a running node on a network with traffic.
func wired(name string) *node {
	n := running(name)
	n.net = &net{rules: map[string]string{}, traffic: 3, refuses: "none"}
	return n
}

func TestWireFaults(t *testing.T) {
	for _, c := range []struct {
		fault          Fault
		rules, witness string
	}{
		{Cut{}, "drop pg-1 both; drop pg-3 both", "pg-2 and pg-1: 3 packets dropped, pg-2 and pg-3: 3 packets dropped"},
		{Cut{Way: "in"}, "drop pg-1 in; drop pg-3 in", "pg-2 and pg-1: 3 packets dropped, pg-2 and pg-3: 3 packets dropped"},
		{Delay{By: 50 * time.Millisecond}, "delay pg-1 50ms; delay pg-3 50ms",
			"pg-2 and pg-1: 3 packets delayed by 50ms, round trip 51ms, before 1ms, pg-2 and pg-3: 3 packets delayed by 50ms, round trip 51ms, before 1ms"},
		{Lose{Share: 0.1, Way: "out"}, "lose pg-1 out 0.1; lose pg-3 out 0.1",
			"pg-2 and pg-1: 3 packets lost, share 10%, pg-2 and pg-3: 3 packets lost, share 10%"},
		{Throttle{Bandwidth: 64000}, "limit pg-1 64000; limit pg-3 64000",
			"pg-2 and pg-1: 3 packets sent at 64kbit/s, pg-2 and pg-3: 3 packets sent at 64kbit/s"},
	} {
		a, on := wired("pg-1"), wired("pg-2")
		inj, err := c.fault.Inject(t.Context(), list(on), list(a, on, wired("pg-3")))
		if err != nil || inj.Witness != c.witness {
			t.Fatalf("%v: witness %q, %v; want %q", c.fault, inj.Witness, err, c.witness)
		}
		if got := on.net.list(); got != c.rules {
			t.Errorf("%v: rules %q, want %q", c.fault, got, c.rules)
		}
		gone := "pg-2 and pg-1: rule removed, pg-2 and pg-3: rule removed"
		if _, longer := c.fault.(Delay); longer {
			gone = "pg-2 and pg-1: rule removed, round trip 1ms, pg-2 and pg-3: rule removed, round trip 1ms"
		}
		for range 2 { // an undo may be called again
			if seen, err := inj.Heal(t.Context()); err != nil || seen != gone {
				t.Errorf("%v: healed %q, %v", c.fault, seen, err)
			}
		}
		if got := on.net.list() + a.net.list(); got != "" {
			t.Errorf("%v: rules left: %s", c.fault, got)
		}
	}
}

// TestDelayIsMeasured checks the round trips before, during and after a delay.
// A packet counter is not enough: it rises even if nothing delays the packets.
func TestDelayIsMeasured(t *testing.T) {
	for _, c := range []struct {
		name                           string
		before, during                 func(*net) // changes of the network at these times
		injected, early, healed, wrong string
	}{
		{"a far end that is dead", func(n *net) { n.far = true }, nil, "", "", "", "no answer"},
		{"a rule that delays nothing", func(n *net) { n.weak = true }, nil, "", "", "", "takes 1ms, and took 1ms before: this is not a delay of 50ms"},
		{"a wire that was slow already", func(n *net) { n.weak, n.longer = true, time.Minute }, nil, "", "", "", "this is not a delay of 50ms"},
		{"a busy machine", func(n *net) { n.hiccup = time.Second }, func(n *net) { n.hiccup = time.Second }, "before 1ms", "", "pg-1 and pg-2: rule removed, round trip 1ms", ""},
		{"a delayer that died", nil, func(n *net) { n.dead = true }, "delayed", "did not last: nobody delays", "pg-1 and pg-2: rule removed, round trip 1ms", ""},
		{"a delay that went", nil, func(n *net) { n.weak = true }, "delayed", "the delay of 50ms ended too early", "pg-1 and pg-2: rule removed, round trip 1ms", ""},
		{"a wire that stays slow", nil, func(n *net) { n.longer = time.Second }, "delayed", "", "", "still takes 1.001s, and took 1ms before"},
		{"a far end that died meanwhile", nil, func(n *net) { n.far = true }, "delayed", "", "pg-1 and pg-2: rule removed, no answer from the other end", ""},
	} {
		a := wired("pg-1")
		if c.before != nil {
			c.before(a.net)
		}
		inj, err := Delay{By: 50 * time.Millisecond}.Inject(t.Context(), list(a), list(wired("pg-2")))
		if (err == nil) != (c.during != nil) || !strings.Contains(inj.Witness, c.injected) || err != nil && inj.Witness != "" {
			t.Errorf("%s: witness %q, %v", c.name, inj.Witness, err)
		}
		seen := ""
		if c.during != nil {
			c.during(a.net)
			if _, _, early := inj.Lasted(t.Context()); (early == nil) != (c.early == "") || early != nil && !strings.Contains(early.Error(), c.early) {
				t.Errorf("%s: early: %v, want %q", c.name, early, c.early)
			}
			seen, err = inj.Heal(t.Context())
		} else if _, err := inj.Heal(t.Context()); err != nil {
			t.Errorf("%s: half an injection: %v", c.name, err)
		}
		if seen != c.healed || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %q, %v; want %q, %q", c.name, seen, err, c.healed, c.wrong)
		}
		if a.net.list() != "" {
			t.Errorf("%s: the rule still exists", c.name)
		}
	}
}

func TestThrottleTowardsAnyone(t *testing.T) {
	on := wired("web-1")
	inj, err := Throttle{Bandwidth: 1e6}.Inject(t.Context(), list(on), nil)
	if err != nil || inj.Witness != "web-1 and anyone: 3 packets sent at 1Mbit/s" || on.net.list() != "limit  1000000" {
		t.Errorf("witness %q, %v, rules %q", inj.Witness, err, on.net.list())
	}
}

func TestCutHalfDoneIsMended(t *testing.T) {
	a, b := wired("web-1"), wired("web-2")
	b.net.refuses = "pg-2"
	inj, err := Cut{}.Inject(t.Context(), list(a, b), list(wired("pg-1"), wired("pg-2")))
	if err == nil || inj.Witness != "" || a.net.list() == "" || b.net.list() == "" {
		t.Fatalf("half a cut passed: %q, %v; rules %q, %q", inj.Witness, err, a.net.list(), b.net.list())
	}
	if _, err := inj.Heal(t.Context()); err != nil || a.net.list()+b.net.list() != "" {
		t.Errorf("not mended: %v, rules %q, %q", err, a.net.list(), b.net.list())
	}
}

func TestCutOfANodeThatRestarted(t *testing.T) {
	a := wired("web-1")
	inj, err := Cut{}.Inject(t.Context(), list(a), list(wired("pg-1")))
	if err != nil {
		t.Fatal(err)
	}
	a.state.Running = false // it died, and its rules were removed
	a.net.rules = map[string]string{}
	if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 and pg-1: rule removed with the node" {
		t.Errorf("dead node: %q, %v", seen, err)
	}
	a.state.Running = true // and was started again
	if seen, err := inj.Heal(t.Context()); err != nil || seen != "web-1 and pg-1: rule removed" {
		t.Errorf("restarted node: %q, %v", seen, err)
	}
}

func TestCutOfASilentWireHasNoWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wired("web-1"), wired("web-2")
		b.net.traffic = 0
		began := time.Now()
		inj, err := Cut{}.Inject(t.Context(), list(a, b), list(wired("pg-1")))
		if err == nil || inj.Witness != "" || !strings.Contains(err.Error(), "no packet matched the rule of web-2") {
			t.Fatalf("a cut that met nothing has witness %q, %v", inj.Witness, err)
		}
		if took := time.Since(began); took != patience {
			t.Errorf("waited %v, want %v", took, patience)
		}
		if _, err := inj.Heal(t.Context()); err != nil || a.net.list()+b.net.list() != "" {
			t.Errorf("not mended: %v", err)
		}
	})
}

// TestOneSilentWireOfSeveral checks that the witness names a wire without
// traffic.
func TestOneSilentWireOfSeveral(t *testing.T) {
	r := []*rule{{on: wired("pg-1"), peer: "pg-2", met: 4}, {on: wired("pg-1"), peer: "pg-3"}}
	if got := (wires{done: "dropped"}).witness(r); got != "pg-1 and pg-2: 4 packets dropped, pg-1 and pg-3: silent" {
		t.Error(got)
	}
}

func TestARuleThatStaysIsAnError(t *testing.T) {
	a, b := wired("web-1"), wired("web-2")
	a.net.sticky = true
	inj, err := Cut{}.Inject(t.Context(), list(a, b), list(wired("pg-1")))
	if err != nil {
		t.Fatal(err)
	}
	seen, err := inj.Heal(t.Context())
	if err == nil || seen != "web-2 and pg-1: rule removed" || b.net.list() != "" {
		t.Errorf("one wire that stays cut: healed %q, %v", seen, err)
	}
}

// TestARuleThatNobodyLookedForIsAnError checks that an error of reading the
// rules does not count as their absence.
func TestARuleThatNobodyLookedForIsAnError(t *testing.T) {
	a := wired("web-1")
	inj, err := Cut{}.Inject(t.Context(), list(a), list(wired("pg-1")))
	if err != nil {
		t.Fatal(err)
	}
	a.net.blind = true
	if seen, err := inj.Heal(t.Context()); err == nil || seen != "" {
		t.Errorf("nobody looked and it is witnessed: %q, %v", seen, err)
	}
}

func TestAWireWithoutAFarEndIsRefused(t *testing.T) {
	a := wired("pg-1")
	a.net.refuses = "pg-2" // no network in common
	for _, peers := range [][]topologies.Instance{nil, list(a), list(wired("pg-2"))} {
		for _, f := range []Fault{Cut{}, Delay{By: 1}, Lose{Share: 1}} {
			if inj, err := f.Inject(t.Context(), list(a), peers); err == nil || inj.Witness != "" || a.net.list() != "" {
				t.Errorf("%v from %s towards %v: witness %q, %v", f, a.name, names(peers), inj.Witness, err)
			}
		}
	}
}
