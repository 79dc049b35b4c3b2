//go:build docker

package chaos

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

func TestMain(m *testing.M) {
	topologies.WatchdogMain()
	os.Exit(m.Run())
}

// talkers are two machines that open a connection to each other ten times a
// second, and one that uses all the CPU that it may.
func talkers() topologies.Topology {
	say := func(to string) []string {
		return []string{"bash", "-c", "while :; do timeout 0.2 bash -c 'exec 3<>/dev/tcp/" + to + "/80' 2>/dev/null; sleep 0.1; done"}
	}
	node := func(name string, cmd ...string) topologies.Node {
		return topologies.Node{Name: name, Image: "tools", Cmd: cmd, CPU: 0.3, MemoryMiB: 64}
	}
	return topologies.Topology{
		Name: "talkers", Networks: []topologies.Network{{Name: "net"}},
		Nodes: []topologies.Node{node("a", say("b")...), node("b", say("a")...), node("busy", "bash", "-c", "while :; do :; done")},
	}
}

// TestFaultsInTheWorld injects every fault into real containers and undoes it
// twice. It also injects one whose target is killed in the meantime.
func TestFaultsInTheWorld(t *testing.T) {
	c, err := topologies.Start(t.Context(), talkers(), topologies.StartOptions{RunID: "chaos-" + time.Now().Format("150405.000")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	by := map[string]topologies.Instance{}
	for _, i := range c.Instances() {
		by[i.Name()] = i
	}
	a, b := []topologies.Instance{by["a"]}, []topologies.Instance{by["b"]}
	for _, f := range []Fault{
		Cut{}, Cut{Way: topologies.In}, Delay{By: 50 * time.Millisecond}, Lose{Share: 0.5}, Throttle{Bandwidth: 64000},
		Kill{}, Pause{}, Restart{By: "kill"}, Stop{},
	} {
		play(t, f, a, b)
	}
	play(t, Throttle{CPU: 0.05}, []topologies.Instance{by["busy"]}, nil)

	inj, err := Cut{}.Inject(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func(context.Context) error{a[0].Kill, a[0].Start} {
		if err := do(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen, err := inj.Heal(t.Context())
		t.Logf("cut, and then something else: %s", seen)
		if err != nil {
			t.Error(err)
		}
	}
}

// play injects one fault and undoes it twice.
func play(t *testing.T, f Fault, on, peers []topologies.Instance) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	inj, err := f.Inject(ctx, on, peers)
	t.Logf("%v: %s, in %v", f, inj.Witness, time.Since(began).Round(time.Millisecond))
	if err != nil || inj.Witness == "" {
		t.Errorf("%v: witness %q, %v", f, inj.Witness, err)
	}
	for range 2 {
		if seen, err := inj.Heal(ctx); err != nil || seen == "" {
			t.Errorf("%v: mended %q, %v", f, seen, err)
		}
	}
}
