package store

import (
	"errors"
	"net"
	"reflect"
	"syscall"
	"testing"
	"time"
)

func TestFailover(t *testing.T) {
	t.Parallel()
	a, b := newFake(t, 1), newFake(t, 0)
	s := opened(t, Options{}, a.addr, b.addr)
	if _, err := s.Put(ctx, "1", "v1"); err != nil {
		t.Fatal(err)
	}
	a.kill()
	began := time.Now()
	if _, err := s.Put(ctx, "1", "v2"); code(err) != NoPrimary || time.Since(began) > startWithin+500*time.Millisecond {
		t.Fatalf("put without a primary: %v after %v", err, time.Since(began))
	}
	if _, err := s.Ready(); err == nil {
		t.Error("ready without a primary")
	}
	b.timeline.Store(2)
	if _, err := s.Put(ctx, "1", "v3"); err != nil {
		t.Fatalf("put on the new primary: %v", err)
	}
	if got := b.values(); !reflect.DeepEqual(got, []string{"v3"}) {
		t.Errorf("the new primary has %q", got)
	}
	a.timeline.Store(1)
	a.start(a.addr) // the deposed primary comes back, still writable
	eventually(t, "the old primary seen", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.nodes[0].last.role == primary })
	if _, err := s.Put(ctx, "1", "v4"); err != nil || len(b.values()) != 2 {
		t.Errorf("put after the old primary came back: %v, the new one has %q", err, b.values())
	}
}

// TestReadOnly turns the primary read-only under open connections: the write
// goes to the new one, once.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	a, b := newFake(t, 1), newFake(t, 0)
	s := opened(t, Options{}, a.addr, b.addr)
	if _, err := s.Put(ctx, "1", "v1"); err != nil {
		t.Fatal(err)
	}
	a.timeline.Store(0)
	b.timeline.Store(2)
	if _, err := s.Put(ctx, "1", "v2"); err != nil {
		t.Fatalf("put: %v", err)
	}
	if got := b.values(); !reflect.DeepEqual(got, []string{"v2"}) {
		t.Errorf("the new primary has %q", got)
	}
}

// TestFrozen freezes the primary: nothing hangs, and the new one is found.
func TestFrozen(t *testing.T) {
	t.Parallel()
	a, b := newFake(t, 1), newFake(t, 0)
	s := opened(t, Options{}, a.addr, b.addr)
	if _, err := s.Put(ctx, "1", "v1"); err != nil {
		t.Fatal(err)
	}
	a.freeze()
	b.timeline.Store(2)
	began := time.Now()
	for {
		_, err := s.Put(ctx, "1", "v2")
		if err == nil {
			break
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("put: %v", err)
		}
	}
	eventually(t, "its connections ended", func() bool {
		p := s.nodes[0].writes
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.all) == 0 && len(p.slots) == 0
	})
	if n := a.cancels.Load() + b.cancels.Load(); n != 0 {
		t.Errorf("%d cancel requests", n)
	}
}

// blackHole is an address that lets SYNs vanish, as that of a killed container.
func blackHole(t *testing.T) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()
	for { // fill the queue of connections that nobody accepts
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { c.Close() })
	}
}

func TestBlackHole(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{Replicas: true}, blackHole(t), a.addr, blackHole(t))
	began := time.Now()
	if _, err := s.Put(ctx, "1", "v1"); err != nil || time.Since(began) > 500*time.Millisecond {
		t.Errorf("put: %v after %v", err, time.Since(began))
	}
	if _, _, err := s.User(ctx, "1"); err != nil {
		t.Errorf("user: %v", err)
	}
	n, err := newNode(blackHole(t), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if _, err := n.writes.take(ctx); err == nil || !slow(err) || unreachable(err) || time.Since(began) > dialWithin+200*time.Millisecond {
		t.Errorf("connect to a black hole: %v after %v", err, time.Since(began))
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	a, b, c := newFake(t, 1), newFake(t, 0), newFake(t, 0)
	s := opened(t, Options{Replicas: true}, a.addr, b.addr, c.addr)
	eventually(t, "all nodes", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.nodes[0].last.role == primary && s.nodes[1].last.role == replica && s.nodes[2].last.role == replica
	})
	read := func(times int) {
		t.Helper()
		for range times {
			if _, _, err := s.User(ctx, "1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(f *fake) int { f.mu.Lock(); defer f.mu.Unlock(); return f.reads }
	read(10)
	if count(a) != 0 || count(b) != 5 || count(c) != 5 {
		t.Errorf("reads: %d, %d, %d", count(a), count(b), count(c))
	}
	b.freeze()
	read(2) // one of them is made at the other replica after half a second
	c.kill()
	b.kill()
	read(2)
	if count(a) == 0 {
		t.Error("the primary has not stood in for its replicas")
	}
}
