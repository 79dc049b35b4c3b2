// Package probe finds the open TCP ports of hosts by connecting to them.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Report is the result for one host. Tried is the number of ports for which the
// try was completed; if Error is set, some ports were not tried.
type Report struct {
	Host  string `json:"host"`
	Tried int    `json:"tried"`
	Open  []int  `json:"open"`
	Error string `json:"error,omitempty"`
}

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// Host tries to connect to the ports of a host, at most parallel at once, each
// for at most timeout. For a host that does not answer it takes
// timeout × ports / parallel.
func Host(ctx context.Context, dial Dial, host string, ports []int, timeout time.Duration, parallel int) Report {
	r := Report{Host: host, Open: []int{}}
	addr, err := resolve(ctx, host)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	results := make([]error, len(ports))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(parallel, len(ports)) {
		workers.Go(func() {
			for i := range next {
				results[i] = try(ctx, dial, net.JoinHostPort(addr, strconv.Itoa(ports[i])), timeout)
			}
		})
	}
	for i := range ports {
		next <- i
	}
	close(next)
	workers.Wait()
	r.add(ports, results)
	return r
}

// add adds the results: open ports, closed ports, and ports without a result.
func (r *Report) add(ports []int, results []error) {
	var untried error
	for i, err := range results {
		switch {
		case err == nil:
			r.Open = append(r.Open, ports[i])
			r.Tried++
		case closed(err):
			r.Tried++
		default:
			untried = err
		}
	}
	if untried != nil {
		r.Error = fmt.Sprintf("%d of %d ports not tried: %v", len(ports)-r.Tried, len(ports), untried)
	}
}

// resolve looks up a host once, instead of once per port.
func resolve(ctx context.Context, host string) (string, error) {
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", host, err)
	}
	return addrs[0], nil
}

func try(ctx context.Context, dial Dial, addr string, timeout time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := dial(limited, "tcp", addr)
	if err != nil {
		return errors.Join(err, ctx.Err())
	}
	return c.Close()
}

// closed reports whether a port is not open: it refuses, does not answer or cannot
// be reached. Any other error (for example too many open files) is local and says
// nothing about the port.
func closed(err error) bool {
	for _, e := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT, syscall.EHOSTDOWN, syscall.EACCES, syscall.EPERM} {
		if errors.Is(err, e) {
			return true
		}
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}

// Ports parses a list of ports and ranges of ports, "80,8080,9000-9010".
func Ports(list string) ([]int, error) {
	var ports []int
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		l, err1 := strconv.Atoi(low)
		h, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("read ports %q: want numbers and ranges such as 80,9000-9010", part)
		}
		r, err := Range(l, h)
		if err != nil {
			return nil, err
		}
		ports = append(ports, r...)
	}
	return ports, nil
}

// Range returns the ports from one to another, both included.
func Range(from, to int) ([]int, error) {
	if from < 1 || to > 65535 || from > to {
		return nil, fmt.Errorf("read ports %d to %d: want a range within 1 to 65535", from, to)
	}
	ports := make([]int, 0, to-from+1)
	for p := from; p <= to; p++ {
		ports = append(ports, p)
	}
	return ports, nil
}
