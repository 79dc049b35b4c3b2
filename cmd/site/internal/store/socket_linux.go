package store

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUpUnacked makes the kernel close a connection whose data is not acknowledged.
func giveUpUnacked(_, _ string, raw syscall.RawConn) error {
	var err error
	if e := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedFor.Milliseconds()))
	}); e != nil {
		return e
	}
	return err
}

// alive reports whether an idle connection is open and has no pending data. It
// needs one system call and no round trip. A node that sends data unasked closes the
// connection or has changed its role; in both cases the connection is not used again.
//
// It uses Control, because Read would wait for any other reader of the connection.
// After a write of more than 15 ms, as on a busy machine, pgx leaves a reader behind
// that waits until the node sends something, which on an idle connection is never.
func alive(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var peek error
	if err := raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, peek = unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	}); err != nil {
		return false
	}
	return errors.Is(peek, unix.EAGAIN)
}
