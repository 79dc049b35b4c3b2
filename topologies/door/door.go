// Package door is a way to the Docker daemon that can be shut, for tests: a
// daemon goes away in the middle of a run, and comes back.
package door

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Door is a socket behind which the daemon is found as long as it is open.
type Door struct {
	socket, daemon string
	guard          sync.Mutex
	listener       net.Listener // nil: it is shut
	passing        []net.Conn
}

// New is a door, shut, at a Unix socket of its own to the daemon's.
func New(socket, daemon string) *Door { return &Door{socket: socket, daemon: daemon} }

// Open lets connections through from now on. An error is about the socket.
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

// pass joins a connection to the daemon, both ways, if the door it came by is
// still open.
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
		_ = out.(*net.UnixConn).CloseWrite() // the answer may still come
	}()
	go func() {
		_, _ = io.Copy(in, out)
		in.Close()
	}()
}

// Shut ends every connection and takes no more. It may be called again.
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
