package delay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// most is the length of the queue in packets; the kernel drops further ones.
	// 1 Gbit/s of full packets delayed by half a second needs 42 000.
	most = 1 << 16
	// room is the socket's receive buffer in bytes, for bursts of packets.
	room = 8 << 20
	// tick is the longest time until a cancelled context is noticed.
	tick = 100 * time.Millisecond
)

// Run delays each packet of a netfilter queue by a fixed time, in order, until ctx
// is done; then it releases all packets. It calls ready when the queue is bound.
func Run(ctx context.Context, queue uint16, by time.Duration, ready func()) error {
	s, err := listen(queue)
	if err != nil {
		return fmt.Errorf("bind netfilter queue %d: %w", queue, err)
	}
	defer unix.Close(s.fd)
	ready()
	var waiting fifo
	for ctx.Err() == nil {
		if err := s.wait(waiting.next()); err != nil {
			return fmt.Errorf("wait for packets: %w", err)
		}
		if err := s.receive(&waiting, by); err != nil {
			return fmt.Errorf("receive packets: %w", err)
		}
		if err := s.pass(waiting.take(time.Now())); err != nil {
			return fmt.Errorf("let packets go: %w", err)
		}
	}
	// Pending packets are released, too: the kernel drops those that are still in
	// the queue when the socket is closed.
	err = s.receive(&waiting, 0)
	return errors.Join(err, s.pass(waiting.all()))
}

// socket is a netlink socket bound to a queue.
type socket struct {
	fd     int
	queue  uint16
	buffer []byte
}

func listen(queue uint16) (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, err
	}
	s := &socket{fd: fd, queue: queue, buffer: make([]byte, 1<<16)}
	if err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err == nil {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, room) != nil {
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, room) // limited by the system's maximum
		}
		err = errors.Join(s.ask(bind(1, queue), 1), s.ask(parameters(2, queue, most), 2))
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

// ask sends a request and waits for its acknowledgement.
func (s *socket) ask(request []byte, seq uint32) error {
	if err := s.send(request); err != nil {
		return err
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if err := s.wait(end, true); err != nil {
			return err
		}
		all, err := s.read()
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			return err
		}
		for _, m := range all {
			if m.kind == msgError && m.seq == seq {
				if m.errno != 0 {
					return unix.Errno(m.errno)
				}
				return nil
			}
		}
	}
	return errors.New("the kernel does not acknowledge")
}

// wait returns when the socket is readable, when due is reached, or after a tick.
func (s *socket) wait(due time.Time, any bool) error {
	d := tick
	if any {
		d = max(0, min(d, time.Until(due)))
	}
	t := unix.NsecToTimespec(int64(d))
	_, err := unix.Ppoll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, &t, nil)
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// receive reads all available packets.
func (s *socket) receive(waiting *fifo, by time.Duration) error {
	for {
		all, err := s.read()
		now := time.Now()
		for _, m := range all {
			if m.kind == msgPacket {
				waiting.add(m.id, now.Add(by))
			}
		}
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.EINTR):
			// The socket buffer was full and the kernel has dropped packets, as
			// a full router would.
		case err != nil:
			return err
		}
	}
}

func (s *socket) read() ([]message, error) {
	n, _, err := unix.Recvfrom(s.fd, s.buffer, 0)
	if err != nil {
		return nil, err
	}
	return messages(s.buffer[:n])
}

// pass releases packets.
func (s *socket) pass(ids []uint32) error {
	for _, id := range ids {
		if err := s.send(pass(s.queue, id)); err != nil {
			return err
		}
	}
	return nil
}

// send sends a message to the kernel, and retries if the kernel temporarily lacks
// memory.
func (s *socket) send(b []byte) error {
	for try := 0; ; try++ {
		err := unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		if err == nil || try == 100 || !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}
