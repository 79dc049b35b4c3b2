package targets

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestAnswering tries a connection whose deadline has passed: an answer may have
// arrived meanwhile, or none, or the other end may have closed it.
func TestAnswering(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(net.Conn) error
		want bool
	}{
		{"an answer arrived", func(far net.Conn) error { _, err := far.Write([]byte("HTTP/1.1 200 OK")); return err }, true},
		{"nothing arrived", nil, false},
		{"the other end closed", net.Conn.Close, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcpPair(t)
			k := newConn(near, 0, "entry")
			if c.do != nil {
				if err := c.do(far); err != nil {
					t.Fatal(err)
				}
				if err := k.raw.Read(func(fd uintptr) bool { // waits until there is something to read
					var b [1]byte
					_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
					return err != syscall.EAGAIN
				}); err != nil {
					t.Fatal(err)
				}
			}
			if err := k.SetDeadline(time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			_, err := k.exchange(&results.Request{Operation: "read", Key: "1"})
			if _, class := exchangeFate(err, false); class != results.Timeout {
				t.Fatalf("exchange after the deadline: %v", err)
			}
			if got := k.answering(); got != c.want {
				t.Errorf("answering: %v, want %v", got, c.want)
			}
		})
	}
}

// tcpPair is both ends of a connection over 127.0.0.1.
func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
