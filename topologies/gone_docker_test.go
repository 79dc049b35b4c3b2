//go:build docker

package topologies

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/holdfast-lab/holdfast/topologies/door"
)

// behindDoor points Docker's clients at a socket in front of the daemon, which a
// test can shut, and returns the daemon's own address, too.
func behindDoor(t *testing.T) (d *door.Door, real string) {
	t.Helper()
	pointAtDaemon()
	real = os.Getenv("DOCKER_HOST")
	silence()
	if _, err := testcontainers.NewDockerProvider(); err != nil { // it remembers the first daemon it meets
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "d")
	d = door.New(socket, strings.TrimPrefix(real, "unix://"))
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Shut)
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	return d, real
}

func TestDaemonStops(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	d, real := behindDoor(t)
	id := unique("gone")
	running, err := Start(t.Context(), three(), StartOptions{RunID: id, Images: tags, Logs: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := running.(*cluster).find("b")
	rules, err := b.Network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	running.(*cluster).stopWithin = time.Second // it would try for a minute
	d.Shut()
	began := time.Now()
	for name, verb := range map[string]func(context.Context) error{
		"kill": b.Kill, "stop": b.Stop, "start": b.Start, "pause": b.Pause, "unpause": b.Unpause,
		"disconnect": b.Disconnect, "connect": b.Connect, "stop the cluster": running.Stop,
		"state":     func(ctx context.Context) error { _, err := b.State(ctx); return err },
		"exec":      func(ctx context.Context) error { _, err := b.Exec(ctx, "true"); return err },
		"network":   func(ctx context.Context) error { _, err := b.Network(ctx); return err },
		"drop":      func(ctx context.Context) error { _, err := rules.Drop(ctx, "a", In); return err },
		"set cpu":   func(ctx context.Context) error { _, err := b.SetCPU(ctx, 1); return err },
		"throttled": func(ctx context.Context) error { _, err := b.Throttled(ctx); return err },
	} {
		if err := verb(t.Context()); !errors.Is(err, ErrEnvironment) {
			t.Errorf("%s without a daemon: %v", name, err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the verbs took %v", took)
	}
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_HOST", real)
	awaitNothing(t, id, 10*time.Second)      // the watchdog, whose pipe Stop closed
	ends(t, running.(*cluster).watchdog, id) // it needs the door until then
}

// TestStopOutlastsADaemonThatIsAway: the run is taken down when the daemon is
// back, and nothing is left to the watchdog.
func TestStopOutlastsADaemonThatIsAway(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	d, _ := behindDoor(t)
	id := unique("away")
	running, err := Start(t.Context(), three(), StartOptions{RunID: id, Images: tags})
	if err != nil {
		t.Fatal(err)
	}
	const away = 3 * time.Second
	d.Shut()
	began := time.Now()
	time.AfterFunc(away, func() {
		if err := d.Open(); err != nil {
			t.Error(err)
		}
	})
	if err := running.Stop(t.Context()); err != nil || time.Since(began) < away {
		t.Errorf("stopped after %v: %v", time.Since(began), err)
	}
	awaitNothing(t, id, time.Second)
}

func TestStartCancelledLeavesNothing(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"network inside ready", "node a begun", "node b ready"} {
		ctx, cancel := context.WithCancel(t.Context())
		id := unique("cancelled")
		var dog *watchdog // the only one on its leash now
		o := StartOptions{RunID: id, Images: tags, Report: func(p Progress) {
			if string(p.Stage)+" "+p.Name+" "+p.State == at {
				watchdogPipes.Range(func(w, _ any) bool { dog = w.(*watchdog); return false })
				cancel()
			}
		}}
		_, err := Start(ctx, three(), o)
		cancel()
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrEnvironment) {
			t.Errorf("cancelled at %s: %v", at, err)
		}
		awaitNothing(t, id, 10*time.Second)
		ends(t, dog, id)
	}
}

// ends waits until a watchdog has ended; its run's lock must be gone with it.
func ends(t *testing.T, w *watchdog, runID string) {
	t.Helper()
	select {
	case <-w.gone:
	case <-time.After(10 * time.Second):
		t.Fatalf("the watchdog of %s is still there", runID)
	}
	if _, err := os.Stat(lockPath(runID)); err == nil {
		t.Errorf("the lock of %s is still there", runID)
	}
}
