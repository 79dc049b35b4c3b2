//go:build docker

package topologies

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/volume"
)

func init() { child["run"] = childRun }

// childRun starts a topology, says so, and waits to be killed.
func childRun() {
	top := three()
	top.Nodes[0].Ports, top.Entry = nil, ""
	tags, err := images()
	if err == nil {
		_, err = Start(context.Background(), top, StartOptions{RunID: os.Getenv("HOLDFAST_TEST_RUN"), Images: tags})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("running")
	io.Copy(io.Discard, os.Stdin)
}

// spawned is a child and its run.
type spawned struct {
	id  string
	cmd *exec.Cmd
	err error // it does not run
}

// end kills the child.
func (s *spawned) end() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// spawnOne starts a child that runs a topology and waits until it does.
func spawnOne(runID string) *spawned {
	s := &spawned{id: runID, cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), "HOLDFAST_TEST_CHILD=run", "HOLDFAST_TEST_RUN="+runID)
	out, _ := s.cmd.StdoutPipe()
	s.cmd.StdinPipe()
	if s.err = s.cmd.Start(); s.err != nil {
		return s
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) != "running" {
		s.err = fmt.Errorf("the child said %q, %v", line, err)
	}
	return s
}

// awaitNothing waits until Docker holds nothing of a run any more: it looks
// again whenever Docker tells that anything happened.
func awaitNothing(t *testing.T, runID string, within time.Duration) {
	t.Helper()
	d, err := connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	began := time.Now()
	happened, failed := d.Events(ctx, events.ListOptions{Since: began.Format(time.RFC3339Nano)})
	for leftovers(t, runID) != "" {
		select {
		case <-happened:
		case err := <-failed:
			t.Fatalf("something is left after %v: %v", time.Since(began), err)
		}
	}
	t.Logf("nothing left after %v", time.Since(began).Round(time.Millisecond))
}

// unique is a run id that no other test on this machine has.
func unique(name string) string { return name + "-" + rand.Text()[:8] }

func TestKilledRunLeavesNothing(t *testing.T) {
	id := unique("killed")
	child := spawnOne(id)
	defer child.end()
	if child.err != nil {
		t.Fatal(child.err)
	}
	if leftovers(t, id) == "" {
		t.Fatal("the child runs nothing")
	}
	child.end()
	awaitNothing(t, id, 10*time.Second)
}

func TestSweepLeavesActiveRunsAlone(t *testing.T) {
	living, dead, elsewhere, unseen := unique("living"), unique("dead"), unique("elsewhere"), unique("unseen")
	c := start(t, three(), StartOptions{RunID: living})
	d := c.docker
	// A run whose process and watchdog are both gone, one of elsewhere, and one
	// of a service with temporary files of its own.
	leave := func(runID, host string, from place) {
		l := labels(runID)
		l[labelHost], l[labelFrom] = host, from.String()
		if _, err := d.VolumeCreate(t.Context(), volumeOf(runID, l)); err != nil {
			t.Fatal(err)
		}
	}
	private := here()
	private.mounts = "mnt:[1]"
	leave(dead, hostname(), here())
	leave(elsewhere, "elsewhere", here())
	leave(unseen, hostname(), private)
	defer d.VolumeRemove(context.Background(), elsewhere, true)
	defer d.VolumeRemove(context.Background(), unseen, true)
	swept, err := Sweep(t.Context())
	if err != nil || !slices.Contains(swept.Volumes, dead) {
		t.Errorf("swept %+v, %v", swept, err)
	}
	if leftovers(t, elsewhere) == "" || leftovers(t, unseen) == "" || leftovers(t, dead) != "" {
		t.Error("swept the wrong one")
	}
	if _, err := Start(t.Context(), three(), StartOptions{RunID: living, Images: c.options.Images}); err == nil {
		t.Error("a second run of the same id")
	}
	for _, i := range c.nodes {
		if s, err := i.State(t.Context()); err != nil || !s.Running {
			t.Errorf("%s of the living run: %+v %v", i.Name(), s, err)
		}
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	var both sync.WaitGroup
	var twins [2]*spawned
	for n := range 2 {
		both.Go(func() { twins[n] = spawnOne(unique("twin")) })
	}
	both.Wait()
	for _, twin := range twins {
		twin.end()
		if twin.err != nil {
			t.Error(twin.err)
		}
	}
	for _, twin := range twins {
		awaitNothing(t, twin.id, 10*time.Second)
	}
}

// volumeOf is a volume with labels.
func volumeOf(name string, labels map[string]string) volume.CreateOptions {
	return volume.CreateOptions{Name: name, Labels: labels}
}
