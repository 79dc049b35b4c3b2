package store

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// fake is a PostgreSQL node as far as the store can tell.
type fake struct {
	t    *testing.T
	addr string

	cancels  atomic.Int64 // cancel requests that came
	timeline atomic.Int64 // 0: in recovery
	schema   atomic.Bool
	ill      atomic.Pointer[pgproto3.ErrorResponse] // the answer to every change

	mu      sync.Mutex
	l       net.Listener
	conns   map[net.Conn]bool
	frozen  chan struct{} // closed to thaw
	said    []string      // statements that came
	applied []string      // values written
	reads   int
	held    chan struct{} // while open, changes are applied but not answered
}

// newFake is a running node: a primary on that timeline, or a replica on 0.
func newFake(t *testing.T, timeline int64) *fake {
	f := &fake{t: t, conns: map[net.Conn]bool{}}
	f.timeline.Store(timeline)
	f.schema.Store(true)
	f.start("127.0.0.1:0")
	t.Cleanup(func() { f.thaw(); f.release(); f.kill() })
	return f
}

func (f *fake) start(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.l, f.addr = l, l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns[c] = true
			f.mu.Unlock()
			go f.serve(c)
		}
	}()
}

// kill ends the node as a killed container: its kernel still closes connections.
func (f *fake) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.l.Close()
	for c := range f.conns {
		c.Close()
	}
	clear(f.conns)
}

// freeze makes the node take connections and bytes and say nothing.
func (f *fake) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozen = make(chan struct{})
}

func (f *fake) thaw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen != nil {
		close(f.frozen)
		f.frozen = nil
	}
}

// hold makes changes wait with their answers, as for a replica that is gone.
func (f *fake) hold() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = make(chan struct{})
}

func (f *fake) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held != nil {
		close(f.held)
		f.held = nil
	}
}

func (f *fake) values() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.applied...)
}

func (f *fake) heard() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.said...)
}

func (f *fake) gate() {
	f.mu.Lock()
	frozen := f.frozen
	f.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
}

// opened is a store upon nodes; it is ready when it returns.
func opened(t *testing.T, o Options, nodes ...string) *Store {
	t.Helper()
	o.Nodes, o.Users, o.Log = nodes, 7, slog.New(slog.NewTextHandler(t.Output(), nil))
	if o.Size == 0 {
		o.Size = 4
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// eventually waits until is.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 10 s for: %s", what)
		}
	}
}

// code is the code of the fault that err is.
func code(err error) Code {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}
