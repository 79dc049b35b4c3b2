package chaos

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestEffect checks from when each fault can affect users, and when a restart
// is over. The witness may come seconds later.
func TestEffect(t *testing.T) {
	slow := func(name string, takes time.Duration) *node {
		n := busy(name)
		n.net = &net{rules: map[string]string{}, traffic: 3, refuses: "none"}
		n.takes = takes
		return n
	}
	for _, c := range []struct {
		name         string
		fault        Fault
		change       func(a, b *node)
		effect, seen time.Duration
		over         [2]time.Duration // of a restart: began, ended
	}{
		{"two killed, one of them slowly", Kill{}, nil, time.Second, 4 * time.Second, [2]time.Duration{}},
		{"two paused", Pause{}, nil, 0, 0, [2]time.Duration{}},
		{"a stop with a grace of seconds", Stop{}, nil, 0, 4 * time.Second, [2]time.Duration{}},
		{"one after the other restarted", Restart{By: "kill"}, nil, time.Second, 10 * time.Second, [2]time.Duration{time.Second, 10 * time.Second}},
		{"one after the other restarted politely", Restart{}, nil, 0, 10 * time.Second, [2]time.Duration{time.Second, 10 * time.Second}},
		{"a cut that meets a packet late", Cut{}, func(a, _ *node) {
			a.net.late = time.Now().Add(3 * time.Second)
		}, 0, 3 * time.Second, [2]time.Duration{}},
		{"a CPU that is used late", Throttle{CPU: 0.1}, func(a, _ *node) {
			a.late = time.Now().Add(3 * time.Second)
		}, 0, 3 * time.Second, [2]time.Duration{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := slow("pg-1", time.Second), slow("pg-2", 4*time.Second)
				if c.change != nil {
					c.change(a, b)
				}
				peers := list(wired("pg-3"))
				if limit(c.fault) > 0 {
					peers = nil
				}
				began := time.Now()
				near := func(what string, at time.Time, want time.Duration) {
					if got := at.Sub(began); got < want || got > want+2*poll {
						t.Errorf("%s at %v, want %v", what, got, want)
					}
				}
				inj, err := c.fault.Inject(t.Context(), list(a, b), peers)
				if err != nil {
					t.Fatal(err)
				}
				near("witness", time.Now(), c.seen)
				near("effect", inj.Effect, c.effect)
				if (inj.Over != nil) != (c.over != [2]time.Duration{}) {
					t.Fatalf("over: %+v", inj.Over)
				}
				if inj.Over != nil {
					near("begin of the end", inj.Over.Began, c.over[0])
					near("end", inj.Over.Ended, c.over[1])
					if inj.Over.Witness != "pg-1 is running again, pg-2 is running again" {
						t.Errorf("end seen: %q", inj.Over.Witness)
					}
				}
			})
		})
	}
}
