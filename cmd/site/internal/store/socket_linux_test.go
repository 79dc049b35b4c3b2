package store

import (
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestAliveConnection tries a connection that is idle, has pending data, or is closed; and
// an idle one that another goroutine reads, as pgx's background reader does.
func TestAliveConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(near, far net.Conn)
		want bool
	}{
		{"idle", func(net.Conn, net.Conn) {}, true},
		{"read by another goroutine", func(near, _ net.Conn) { blockInRead(t, near) }, true},
		{"data that nobody asked for", func(near, far net.Conn) { far.Write([]byte("N")); arrived(t, near) }, false},
		{"closed by the node", func(near, far net.Conn) { far.Close(); arrived(t, near) }, false},
		{"closed by us", func(near, _ net.Conn) { near.Close() }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcpPair(t)
			c.do(near, far)
			got := make(chan bool, 1)
			go func() { got <- alive(near) }()
			select {
			case is := <-got:
				if is != c.want {
					t.Errorf("alive: %v, want %v", is, c.want)
				}
			case <-time.After(10 * time.Second):
				t.Error("alive waits for another reader of the connection")
			}
		})
	}
}

// blockInRead starts a goroutine that reads from the connection and returns when
// that reader waits: a second reader must then wait for the first.
func blockInRead(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan struct{})
	first := true
	go raw.Read(func(uintptr) bool {
		if first {
			first = false
			close(waiting) // the reader holds the connection from before this call until it returns true
		}
		return false
	})
	<-waiting
}

// arrived returns when there is something to read on the connection.
func arrived(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return !errors.Is(err, unix.EAGAIN)
	}); err != nil {
		t.Fatal(err)
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
