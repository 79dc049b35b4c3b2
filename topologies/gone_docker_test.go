//go:build docker

package topologies

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// door stands before the real daemon and can be shut.
type door struct {
	socket, real string
	guard        sync.Mutex
	listener     net.Listener
	open         []net.Conn
}

// unlock lets connections through from now on.
func (d *door) unlock(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	d.listener = listener
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", d.real)
			if err != nil {
				in.Close()
				continue
			}
			d.guard.Lock()
			d.open = append(d.open, in, out)
			d.guard.Unlock()
			go func() { io.Copy(out, in); out.(*net.UnixConn).CloseWrite() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
}

// shut ends every connection and takes no more.
func (d *door) shut() {
	d.listener.Close()
	d.guard.Lock()
	defer d.guard.Unlock()
	for _, c := range d.open {
		c.Close()
	}
	d.open = nil
}

func TestDaemonGoes(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	pointAtDaemon()
	real := os.Getenv("DOCKER_HOST")
	silence()
	if _, err := testcontainers.NewDockerProvider(); err != nil { // it remembers the first daemon it meets
		t.Fatal(err)
	}
	d := &door{socket: filepath.Join(t.TempDir(), "d"), real: strings.TrimPrefix(real, "unix://")}
	d.unlock(t)
	t.Setenv("DOCKER_HOST", "unix://"+d.socket)
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
	d.shut()
	began := time.Now()
	for name, verb := range map[string]func(context.Context) error{
		"kill": b.Kill, "halt": b.Halt, "start": b.Start, "pause": b.Pause, "unpause": b.Unpause,
		"disconnect": b.Disconnect, "connect": b.Connect, "stop": running.Stop,
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
	d.unlock(t)
	t.Setenv("DOCKER_HOST", real)
	awaitNothing(t, id, 10*time.Second) // the watchdog, whose pipe Stop closed
	awaitFile(t, lockPath(id))          // it needs the door until then
	d.shut()
}

func TestStartCancelledLeavesNothing(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"network inside ready", "node a begun", "node b ready"} {
		ctx, cancel := context.WithCancel(t.Context())
		id := unique("cancelled")
		o := StartOptions{RunID: id, Images: tags, Report: func(p Progress) {
			if string(p.Stage)+" "+p.Name+" "+p.State == at {
				cancel()
			}
		}}
		_, err := Start(ctx, three(), o)
		cancel()
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrEnvironment) {
			t.Errorf("cancelled at %s: %v", at, err)
		}
		awaitNothing(t, id, 10*time.Second)
		awaitFile(t, lockPath(id))
	}
}

// awaitFile waits until a file is gone.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for range 100 {
		if _, err := os.Stat(path); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is still there", path)
}
