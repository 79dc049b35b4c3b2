//go:build docker && linux

package delay

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// within calls do in a network namespace, on a thread that ends with it.
func within(space string, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		f, err := os.Open("/run/netns/" + space)
		if err == nil {
			defer f.Close()
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

func sh(t *testing.T, lines string) {
	t.Helper()
	if out, err := exec.Command("sh", "-ec", lines).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lines, err, out)
	}
}

// joined is two network namespaces with a wire between them; packets that
// arrive at the second, whose address is returned, go to queue 3.
func joined(t *testing.T) (a, b, addr string) {
	t.Helper()
	a, b = fmt.Sprintf("hfa%d", os.Getpid()), fmt.Sprintf("hfb%d", os.Getpid())
	t.Cleanup(func() { exec.Command("sh", "-c", "ip netns del "+a+"; ip netns del "+b).Run() })
	sh(t, fmt.Sprintf(`ip netns add %[1]s; ip netns add %[2]s
		ip link add v0 netns %[1]s type veth peer name v0 netns %[2]s
		ip -n %[1]s addr add 198.18.255.1/30 dev v0; ip -n %[2]s addr add 198.18.255.2/30 dev v0
		ip -n %[1]s link set v0 up; ip -n %[2]s link set v0 up
		ip netns exec %[2]s iptables -t mangle -A INPUT -s 198.18.255.1 -j NFQUEUE --queue-num 3 --queue-bypass`, a, b))
	return a, b, "198.18.255.2:9000"
}

// echoes is a server that says back what it hears.
func echoes(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go io.Copy(c, c)
	}
}

// roundTrip says something and waits for its echo.
func roundTrip(t *testing.T, c net.Conn, size int) time.Duration {
	t.Helper()
	began := time.Now()
	c.SetDeadline(began.Add(20 * time.Second))
	go c.Write(make([]byte, size))
	if _, err := io.ReadFull(c, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// TestRun delays what arrives at one of two joined network namespaces: before
// and after, there is no delay, and nothing is lost.
func TestRun(t *testing.T) {
	const by = 50 * time.Millisecond
	a, b, addr := joined(t)
	if err := within(b, func() error {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			t.Cleanup(func() { l.Close() })
			go echoes(l)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var c net.Conn
	if err := within(a, func() (err error) {
		c, err = net.Dial("tcp", addr)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if took := roundTrip(t, c, 1); took > by/2 {
		t.Errorf("without a delay: %v", took)
	}
	ctx, end := context.WithCancel(t.Context())
	ready, ended := make(chan bool), make(chan error, 1)
	go func() {
		ended <- within(b, func() error { return Run(ctx, 3, by, func() { close(ready) }) })
	}()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	for range 5 {
		if took := roundTrip(t, c, 1); took < by || took > 2*by {
			t.Errorf("with a delay of %v: %v", by, took)
		}
	}
	roundTrip(t, c, 1<<20)    // hundreds of packets: out of order or lost, they would not come back whole
	time.AfterFunc(by/2, end) // under the packet on its way
	if took := roundTrip(t, c, 1); took > 3*by/2 {
		t.Errorf("when the delay ends: %v", took)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := roundTrip(t, c, 1); took > by/2 {
		t.Errorf("after the delay: %v", took)
	}
}
