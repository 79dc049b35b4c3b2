//go:build docker

package topologies

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// took is how long one node needs to fetch all that another's server says.
func took(t *testing.T, from, to *instance) time.Duration {
	t.Helper()
	script := fmt.Sprintf(`s=${EPOCHREALTIME/[.,]/}; exec 3<>/dev/tcp/%s/80; cat <&3 >/dev/null; e=${EPOCHREALTIME/[.,]/}; echo $((e-s))`, to.Name())
	micros, err := strconv.Atoi(sh(t, from, script))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(micros) * time.Microsecond
}

// rulesOf starts the sidecar of a node.
func rulesOf(t *testing.T, i *instance) NetRules {
	t.Helper()
	began := time.Now()
	r, err := i.Network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("sidecar in %v with %s", time.Since(began).Round(time.Millisecond), i.rules.iptables)
	return r
}

// mustSet gives back the id of a rule that was set.
func mustSet(t *testing.T) func(string, error) string {
	return func(id string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
}

// remove takes a rule away twice and wants hits before.
func remove(t *testing.T, r NetRules, id string) {
	t.Helper()
	if n, err := r.Hits(t.Context(), id); err != nil || n == 0 {
		t.Errorf("hits of %s: %d, %v", id, n, err)
	}
	for range 2 {
		if err := r.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Hits(t.Context(), id); !errors.Is(err, ErrNoRule) {
		t.Errorf("%s is gone and yet: %v", id, err)
	}
}

func TestNetRules(t *testing.T) {
	c := start(t, three(), StartOptions{})
	a, b, n3 := c.find("a"), c.find("b"), c.find("c")
	r := rulesOf(t, b)
	set := mustSet(t)
	t.Run("drop", func(t *testing.T) {
		out := set(r.Drop(t.Context(), "a", Out))
		in := set(r.Drop(t.Context(), "a", In))
		both := set(r.Drop(t.Context(), "c", Both))
		if reaches(t, a, b) || reaches(t, b, n3) || !reaches(t, n3, a) {
			t.Error("a drop let pass, or took too much")
		}
		remove(t, r, in)
		if reaches(t, a, b) {
			t.Error("the removal took another rule away")
		}
		remove(t, r, out)
		remove(t, r, both)
		if !reaches(t, a, b) || !reaches(t, b, n3) {
			t.Error("a removed rule still drops")
		}
	})
	t.Run("lose", func(t *testing.T) {
		id := set(r.Lose(t.Context(), "a", Out, 0.2))
		took(t, a, b)
		took(t, a, b)
		remove(t, r, id)
	})
	t.Run("limit", func(t *testing.T) {
		before := took(t, a, b)
		id := set(r.Limit(t.Context(), "a", 1_000_000)) // 0.8 s for 100 kB
		all := set(r.Limit(t.Context(), "", 100_000_000))
		slow, other := took(t, a, b), took(t, n3, b)
		if slow < 600*time.Millisecond || slow > 3*time.Second || other > 500*time.Millisecond {
			t.Errorf("100 kB in %v before, %v when limited, %v for another peer", before, slow, other)
		}
		remove(t, r, id)
		remove(t, r, all)
		if after := took(t, a, b); after > 500*time.Millisecond {
			t.Errorf("100 kB in %v after", after)
		}
		if got := sh(t, b, "ls /sys/class/net"); got == "" {
			t.Error("no devices")
		}
	})
	t.Run("restart", func(t *testing.T) {
		id := set(r.Drop(t.Context(), "a", Both))
		if err := b.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Remove(t.Context(), id); err != nil {
			t.Errorf("remove from a dead node: %v", err)
		}
		if _, err := r.Hits(t.Context(), id); err == nil || errors.Is(err, ErrNoRule) {
			t.Errorf("looked into the kernel of a dead node: %v", err)
		}
		if _, err := r.Drop(t.Context(), "a", Both); err == nil {
			t.Error("set a rule on a dead node")
		}
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.awaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Hits(t.Context(), id); !errors.Is(err, ErrNoRule) {
			t.Errorf("a rule outlived its node's network: %v", err)
		}
		again := set(r.Drop(t.Context(), "a", Both))
		if reaches(t, a, b) {
			t.Error("a rule after a restart has no effect")
		}
		remove(t, r, again)
	})
}

func TestDelay(t *testing.T) {
	c := start(t, three(), StartOptions{})
	a, b, n3 := c.find("a"), c.find("b"), c.find("c")
	r := rulesOf(t, b)
	before := took(t, a, b)
	id := mustSet(t)(r.Delay(t.Context(), "a", 100*time.Millisecond))
	slow, other := took(t, a, b), took(t, n3, b)
	if slow < 180*time.Millisecond || other > 90*time.Millisecond+before {
		t.Errorf("%v before, %v delayed, %v for another peer", before, slow, other)
	}
	if trip, err := r.RoundTrip(t.Context(), "a"); err != nil || trip < 100*time.Millisecond || trip > 200*time.Millisecond {
		t.Errorf("a round trip of %v, %v", trip, err)
	}
	if trip, err := r.RoundTrip(t.Context(), "c"); err != nil || trip > 90*time.Millisecond {
		t.Errorf("a round trip of %v to another peer, %v", trip, err)
	}
	drop := mustSet(t)(r.Drop(t.Context(), "a", In))
	if reaches(t, a, b) {
		t.Error("a delay lets pass what a drop drops")
	}
	if trip, err := r.RoundTrip(t.Context(), "a"); err == nil {
		t.Errorf("an answer that was dropped took %v", trip)
	}
	remove(t, r, drop)
	remove(t, r, id)
	if after := took(t, a, b); after > 90*time.Millisecond+before {
		t.Errorf("%v after", after)
	}
}

// TestDelayerThatDied shows that a delay which is none any more does not pass
// for one, although its rule is there and meets packets.
func TestDelayerThatDied(t *testing.T) {
	c := start(t, three(), StartOptions{})
	a, b := c.find("a"), c.find("b")
	r := rulesOf(t, b)
	id := mustSet(t)(r.Delay(t.Context(), "a", 100*time.Millisecond))
	took(t, a, b)
	if n, err := r.Hits(t.Context(), id); err != nil || n == 0 {
		t.Fatalf("hits of a living delayer: %d, %v", n, err)
	}
	if _, err := b.rules.run(t.Context(), "kill -9 $(cat "+b.rules.put[id].pidFile()+")"); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "seen that nobody delays", func() error {
		if n, err := r.Hits(t.Context(), id); err == nil {
			return fmt.Errorf("%d packets met", n)
		}
		return nil
	})
	if err := r.Remove(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, err := r.Hits(t.Context(), id); !errors.Is(err, ErrNoRule) {
		t.Error(err)
	}
}
