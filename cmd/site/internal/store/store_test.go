package store

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

var ctx = context.Background()

func TestData(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{}, a.addr)
	if node, err := s.Put(ctx, "1", "v"); err != nil || node != "127.0.0.1" {
		t.Fatalf("put: %q, %v", node, err)
	}
	if _, err := s.Post(ctx, "1", "p"); err != nil {
		t.Fatalf("post: %v", err)
	}
	if v, node, err := s.User(ctx, "1"); v != "value of 1" || node != "127.0.0.1" || err != nil {
		t.Fatalf("user: %q, %q, %v", v, node, err)
	}
	if v, _, err := s.Posts(ctx, "1"); !reflect.DeepEqual(v, []string{"post of 1"}) || err != nil {
		t.Fatalf("posts: %q, %v", v, err)
	}
	if got := a.values(); !reflect.DeepEqual(got, []string{"v", "p"}) {
		t.Errorf("the node has %q", got)
	}
}

// breakStatement has a statement run, and its connection break meanwhile.
func breakStatement(t *testing.T, a *fake, c *pgx.Conn) {
	t.Helper()
	a.hold()
	before := len(a.values())
	done := make(chan error)
	go func() {
		_, err := c.Exec(ctx, put, "1", "broken")
		done <- err
	}()
	eventually(t, "the statement", func() bool { return len(a.values()) > before })
	c.PgConn().Conn().Close()
	if err := <-done; err == nil {
		t.Fatal("the statement did not fail")
	}
	<-c.PgConn().CleanupDone()
	a.release()
}

// TestNoCancel shows that pgx does ask to cancel a statement whose connection
// breaks, and that it does not with our settings.
func TestNoCancel(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	ours, err := settings(a.addr, "test", "")
	if err != nil {
		t.Fatal(err)
	}
	theirs := ours.Copy()
	theirs.DialFunc = (&net.Dialer{}).DialContext
	c, err := pgx.ConnectConfig(ctx, theirs)
	if err != nil {
		t.Fatal(err)
	}
	breakStatement(t, a, c)
	eventually(t, "the cancel request of pgx alone", func() bool { return a.cancels.Load() == 1 })

	if c, err = open(ctx, ours); err != nil {
		t.Fatal(err)
	}
	breakStatement(t, a, c)
	if err := c.PgConn().CancelRequest(ctx); !errors.Is(err, errNoCancel) {
		t.Errorf("cancel request: %v", err)
	}
	if n := a.cancels.Load(); n != 1 {
		t.Errorf("%d cancel requests: ours sent one", n)
	}
}

// TestUnknown withholds the answer to a write: the caller is told in time that
// its outcome is unknown, and the statement goes on.
func TestUnknown(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{Size: 1}, a.addr)
	if _, err := s.Put(ctx, "1", "v1"); err != nil {
		t.Fatal(err)
	}
	a.hold()
	began := time.Now()
	node, err := s.Put(ctx, "1", "v2")
	if took := time.Since(began); code(err) != Unknown || node == "" || took < writeWithin || took > writeWithin+time.Second {
		t.Fatalf("put: %q, %v after %v", node, err, took)
	}
	if _, err := s.Put(ctx, "1", "v3"); code(err) != NoNode {
		t.Fatalf("put while the only connection is busy: %v", err)
	}
	if _, _, err := s.User(ctx, "1"); err != nil {
		t.Fatalf("a read beside writes that wait: %v", err)
	}
	a.release()
	if _, err := s.Put(ctx, "1", "v4"); err != nil {
		t.Fatalf("put after all: %v", err)
	}
	if got := a.values(); !reflect.DeepEqual(got, []string{"v1", "v2", "v4"}) {
		t.Errorf("the node has %q", got)
	}
	if n := a.cancels.Load(); n != 0 {
		t.Errorf("%d cancel requests", n)
	}
}

// TestDetached has the caller of a write go away before its answer.
func TestDetached(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{}, a.addr)
	gone, leave := context.WithCancel(ctx)
	a.hold()
	done := make(chan error)
	go func() {
		_, err := s.Put(gone, "1", "v")
		done <- err
	}()
	eventually(t, "the write", func() bool { return len(a.values()) == 1 })
	leave()
	a.release()
	if err := <-done; err != nil {
		t.Errorf("put: %v", err)
	}
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{Size: 1}, a.addr)
	a.hold()
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[Code]int{}
	for range maxWaiting + 11 {
		all.Go(func() {
			_, err := s.Put(ctx, "1", "v")
			mu.Lock()
			defer mu.Unlock()
			codes[code(err)]++
		})
	}
	all.Wait()
	if codes[Unknown] != 1 || codes[Busy] < 1 || codes[NoNode] > maxWaiting || codes[Unknown]+codes[Busy]+codes[NoNode] != maxWaiting+11 {
		t.Errorf("codes: %v", codes)
	}
}

func TestRejected(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{}, a.addr)
	for code_, want := range map[string]Code{"23505": Rejected, "40001": Rejected, "57P01": Unknown, "XX000": Unknown} {
		severity := "ERROR"
		if code_ == "57P01" {
			severity = "FATAL"
		}
		a.ill.Store(&pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: code_, Message: "no"})
		if _, err := s.Put(ctx, "1", "v"); code(err) != want {
			t.Errorf("%s: %v, want %s", code_, err, want)
		}
	}
}

func TestJudge(t *testing.T) {
	for code, want := range map[string]verdict{
		"25006": readOnly, "40001": again, "40P01": again, "40003": undecided, "23505": refused, "53100": refused,
		"57014": refused, "57P01": undecided, "08006": undecided, "58030": undecided, "XX000": undecided,
	} {
		if got := classify(&pgconn.PgError{Code: code, Severity: "ERROR"}); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
		if got := classify(&pgconn.PgError{Code: code, Severity: "FATAL"}); got != undecided {
			t.Errorf("%s, fatal: %v", code, got)
		}
	}
	if classify(errLate) != undecided {
		t.Error("late is not undecided")
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	a.schema.Store(false)
	s := opened(t, Options{}, a.addr)
	eventually(t, "the schema", func() bool { _, err := s.Ready(); return err == nil })
	all := strings.Join(a.heard(), "\n")
	last := -1
	for _, part := range []string{"to_regclass", "begin", "pg_advisory_xact_lock", "create table if not exists users", "generate_series", "commit"} {
		at := strings.Index(all, part)
		if at <= last {
			t.Errorf("%s is missing or too early in\n%s", part, all)
		}
		last = at
	}
}

func TestAlive(t *testing.T) {
	t.Parallel()
	a := newFake(t, 1)
	s := opened(t, Options{Size: 1}, a.addr)
	for i := range 3 { // a node that restarts ends idle connections
		if _, err := s.Put(ctx, "1", "v"); err != nil {
			t.Fatalf("put %d: %v", i, err)
		}
		a.kill()
		a.start(a.addr)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, nodes := range [][]string{nil, {"nonsense"}} {
		if _, err := Open(Options{Nodes: nodes}); err == nil {
			t.Errorf("opened on %q", nodes)
		}
	}
}
