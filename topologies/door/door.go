// Package door is a proxy for the Docker daemon's socket that can be closed, for
// tests in which the daemon becomes unavailable during a run and returns.
package door

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Door is a Unix socket that forwards connections to the daemon while it is open.
type Door struct {
	socket, daemon string
	guard          sync.Mutex
	listener       net.Listener // nil: closed
	passing        []net.Conn
}

// New returns a closed Door at the Unix socket, for the daemon's socket.
func New(socket, daemon string) *Door { return &Door{socket: socket, daemon: daemon} }

// Open starts to accept connections. It fails if it cannot listen on the socket.
func (d *Door) Open() error {
	listener, err := net.Listen("unix", d.socket)
	if err != nil {
		return fmt.Errorf("listen for connections to %s: %w", d.daemon, err)
	}
	d.guard.Lock()
	defer d.guard.Unlock()
	d.listener = listener
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			d.pass(listener, in)
		}
	}()
	return nil
}

// pass forwards a connection to the daemon in both directions, if the listener that
// accepted it is still open.
func (d *Door) pass(by net.Listener, in net.Conn) {
	out, err := net.Dial("unix", d.daemon)
	if err != nil {
		in.Close()
		return
	}
	d.guard.Lock()
	defer d.guard.Unlock()
	if d.listener != by {
		in.Close()
		out.Close()
		return
	}
	d.passing = append(d.passing, in, out)
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.(*net.UnixConn).CloseWrite() // the answer may still follow
	}()
	go func() {
		_, _ = io.Copy(in, out)
		in.Close()
	}()
}

// Shut closes every connection and the socket. It may be called again.
func (d *Door) Shut() {
	d.guard.Lock()
	defer d.guard.Unlock()
	if d.listener == nil {
		return
	}
	d.listener.Close()
	d.listener = nil
	for _, c := range d.passing {
		c.Close()
	}
	d.passing = nil
}
