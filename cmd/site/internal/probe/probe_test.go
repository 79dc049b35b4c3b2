package probe

import (
	"context"
	"net"
	"reflect"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	port, closed := l.Addr().(*net.TCPAddr).Port, gone.Addr().(*net.TCPAddr).Port
	r := Host(t.Context(), (&net.Dialer{}).DialContext, "127.0.0.1", []int{port, closed}, time.Second, 8)
	if want := (Report{Host: "127.0.0.1", Tried: 2, Open: []int{port}}); !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
}

// TestBlackHole scans a host that answers nothing: bounded in time and in
// connections, and all of its ports tried.
func TestBlackHole(t *testing.T) {
	var now, most atomic.Int64
	hole := func(ctx context.Context, _, _ string) (net.Conn, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ports, _ := Range(1, 100)
	began := time.Now()
	r := Host(t.Context(), hole, "127.0.0.1", ports, 20*time.Millisecond, 10)
	if r.Tried != 100 || len(r.Open) != 0 || r.Error != "" || most.Load() > 10 || time.Since(began) > 2*time.Second {
		t.Errorf("%+v, %d at once, after %v", r, most.Load(), time.Since(began))
	}
}

// TestUntried shows that ports nobody tried are not taken for closed ones.
func TestUntried(t *testing.T) {
	out := func(context.Context, string, string) (net.Conn, error) { return nil, syscall.EMFILE }
	if r := Host(t.Context(), out, "127.0.0.1", []int{1, 2}, time.Second, 2); r.Tried != 0 || r.Error == "" {
		t.Errorf("out of file descriptors: %+v", r)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if r := Host(ended, (&net.Dialer{}).DialContext, "127.0.0.1", []int{1}, time.Second, 2); r.Tried != 0 || r.Error == "" {
		t.Errorf("interrupted: %+v", r)
	}
	if r := Host(t.Context(), out, "no-such-host.invalid", []int{1}, time.Second, 2); r.Error == "" {
		t.Errorf("unknown host: %+v", r)
	}
}

func TestPorts(t *testing.T) {
	if got, err := Ports("80, 9000-9002"); err != nil || !reflect.DeepEqual(got, []int{80, 9000, 9001, 9002}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "x", "0", "65536", "9-1", "1-"} {
		if got, err := Ports(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}
