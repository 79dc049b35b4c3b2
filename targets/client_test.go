package targets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// listen serves each connection with a function, in the order of accepting, and
// the last function for all after that.
func listen(t *testing.T, each ...func(c *net.TCPConn, in *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				each[min(n, len(each)-1)](c.(*net.TCPConn), bufio.NewReader(c))
			}()
		}
	}()
	return l.Addr().String()
}

// ask reads a request to its end.
func ask(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = in.Discard(int(r.ContentLength))
	return err == nil
}

// say answers every request on the connection with the same text.
func say(text string) func(*net.TCPConn, *bufio.Reader) {
	return func(c *net.TCPConn, in *bufio.Reader) {
		for ask(in) {
			fmt.Fprint(c, text)
		}
	}
}

// answer is a whole answer with that body.
func answer(status, body string, headers ...string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n" + strings.Join(append(headers, "", ""), "\r\n") + body
}

// one sends requests of one operation, some 10 ms apart, one in flight.
func some(t *testing.T, addr, operation string, n int, timeout time.Duration) []results.Request {
	t.Helper()
	a := brief(100, time.Duration(n)*10*time.Millisecond)
	a.Mix, a.Keys, a.Timeout, a.MaxInFlight = Mix{operation: 1}, Keys{Users: 1}, timeout, 1
	all, _, err := fire(t, t.Context(), a, at(addr))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatBecomesOfARequest(t *testing.T) {
	const user = `{"id":"1","value":"seed"}`
	nothing := func(c *net.TCPConn, in *bufio.Reader) { ask(in); _, _ = in.ReadByte() }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	for _, c := range []struct {
		name, operation string
		serve           func(*net.TCPConn, *bufio.Reader)
		want            string
		status          int
	}{
		{"read", "read", say(answer("200 OK", user)), "answered", 200},
		{"in chunks", "read", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n14\r\n:\"1\",\"value\":\"seed\"}\r\n0\r\n\r\n"), "answered", 200},
		{"to the end", "read", func(c *net.TCPConn, in *bufio.Reader) { ask(in); fmt.Fprint(c, "HTTP/1.0 200 OK\r\n\r\n"+user) }, "answered", 200},
		{"continue", "write", say("HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK", "")), "answered", 200},
		{"created", "post", say(answer("201 Created", "ok")), "answered", 201},
		{"redirect", "read", say(answer("302 Found", "", "Location: /elsewhere")), "unanswered http 302", 302},
		{"conflict", "post", say(answer("409 Conflict", "")), "refused http 409", 409},
		{"not found", "read", say(answer("404 Not Found", "")), "refused http 404", 404},
		{"not understood", "write", say(answer("400 Bad Request", "")), "refused http 400", 400},
		{"too many", "write", say(answer("429 Too Many Requests", "")), "refused http 429", 429},
		{"failed inside", "write", say(answer("500 Internal Server Error", "")), "unanswered http 500", 500},
		{"bad gateway", "post", say(answer("502 Bad Gateway", "")), "unanswered http 502", 502},
		{"gateway gave up", "post", say(answer("504 Gateway Timeout", "")), "unanswered http 504", 504},
		{"unknown", "write", say(answer("503 Service Unavailable", "{}")), "unanswered http 503", 503},
		{"not applied", "write", say(answer("503 Service Unavailable", "{}", "X-Holdfast-Applied: no")), "refused http 503", 503},
		{"not a user", "read", say(answer("200 OK", "<html>")), "unanswered garbled", 200},
		{"not http", "write", say("220 smtp ready\r\n\r\n"), "unanswered garbled", 0},
		{"bad chunk", "write", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), "unanswered garbled", 200},
		{"closed before the first byte", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in) }, "unanswered eof", 0},
		{"closed after the first byte", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in); fmt.Fprint(c, "HTTP") }, "unanswered eof", 0},
		{"body cut off", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in); fmt.Fprint(c, answer("200 OK", "long")[:41]) }, "unanswered eof", 200},
		{"reset before the first byte", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in); _ = c.SetLinger(0) }, "unanswered reset", 0},
		{"reset after the first byte", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in); fmt.Fprint(c, "HTTP"); _ = c.SetLinger(0) }, "unanswered reset", 0},
		{"silent", "write", nothing, "unanswered timeout", 0},
		{"silent after the first byte", "write", func(c *net.TCPConn, in *bufio.Reader) { ask(in); fmt.Fprint(c, "HTTP"); _, _ = in.ReadByte() }, "unanswered timeout", 0},
		{"nobody there", "write", nil, "refused connection refused", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := closed
			if c.serve != nil {
				addr = listen(t, c.serve)
			}
			timeout := 5 * time.Second
			if strings.HasSuffix(c.want, "timeout") {
				timeout = 50 * time.Millisecond
			}
			for _, q := range some(t, addr, c.operation, 3, timeout) {
				got := strings.TrimSpace(q.Fate.String() + " " + q.Error)
				if got != c.want && got != "unsent in-flight limit" || q.Fate != results.Unsent && q.Status != c.status {
					t.Errorf("got %q with status %d, want %q with %d", got, q.Status, c.want, c.status)
				}
				if took := q.Service(); strings.HasSuffix(got, "timeout") && took < timeout {
					t.Errorf("the timeout of %v came after %v", timeout, took)
				}
				if v := map[string]string{"write": fmt.Sprintf("r1-%d", q.Seq), "post": fmt.Sprintf("r1-%d", q.Seq)}[c.operation]; v != "" && q.Value != v {
					t.Errorf("value %q, want %q", q.Value, v)
				}
			}
		})
	}
}

// TestCancelledIsUnanswered cancels while the server has the request, before
// and after the first byte of its answer.
func TestCancelledIsUnanswered(t *testing.T) {
	for _, first := range []string{"", "HTTP"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		addr := listen(t, func(c *net.TCPConn, in *bufio.Reader) {
			ask(in)
			fmt.Fprint(c, first)
			cancel(errors.New("enough"))
			_, _ = in.ReadByte() // until the driver hangs up
		})
		a := brief(1, time.Second)
		a.Mix, a.Timeout = Mix{"write": 1}, time.Minute
		all, _, err := fire(t, ctx, a, at(addr))
		if got := fates(all); err == nil || got["unanswered cancelled"] != 1 || len(all) != 1 {
			t.Errorf("after %q: %v, %v", first, got, err)
		}
	}
}

func TestConnectionsAreKept(t *testing.T) {
	addr := listen(t, say(answer("200 OK", "ok")))
	for _, q := range some(t, addr, "write", 10, time.Second) {
		if q.Client != 0 {
			t.Errorf("request %d went over connection %d", q.Seq, q.Client)
		}
	}
}

// TestADeadConnectionIsNotUsed holds that a connection that was closed while it
// was idle costs no request.
func TestADeadConnectionIsNotUsed(t *testing.T) {
	closed := make(chan struct{})
	once := func(c *net.TCPConn, in *bufio.Reader) {
		ask(in)
		fmt.Fprint(c, answer("200 OK", "ok"))
		_ = c.Close() // on loopback the other end knows when this returns
		closed <- struct{}{}
	}
	a := brief(100, 100*time.Millisecond)
	a.Mix, a.Timeout = Mix{"write": 1}, 5*time.Second
	c := newClient(t.Context(), a.plan("r1"), at(listen(t, once)), time.Now())
	defer c.close()
	for n := range 10 {
		q := c.plan.request(uint64(n))
		c.send(&q)
		if q.Fate != results.Answered || q.Client != n {
			t.Fatalf("%+v", q)
		}
		<-closed
		for c.now() < q.Done+warm { // until it counts as idle
		}
	}
}

func TestAFailedConnectionIsNotUsedAgain(t *testing.T) {
	good := say(answer("200 OK", "ok"))
	for name, bad := range map[string]func(*net.TCPConn, *bufio.Reader){
		"more than asked": say(answer("200 OK", "ok") + "more"),
		"close":           say(answer("200 OK", "ok", "Connection: close")),
		"garbled":         say("nonsense\r\n\r\n"),
	} {
		all := some(t, listen(t, bad, good), "write", 4, time.Second)
		for n, q := range all {
			if q.Client != min(n, 1) {
				t.Errorf("%s: request %d went over connection %d", name, n, q.Client)
			}
		}
	}
}

// TestNothingIsSentTwice counts what arrives while every other connection breaks.
func TestNothingIsSentTwice(t *testing.T) {
	var came atomic.Int32
	bad := func(c *net.TCPConn, in *bufio.Reader) {
		for ask(in) && came.Add(1)%2 == 0 {
			fmt.Fprint(c, answer("200 OK", "ok"))
		}
	}
	all := some(t, listen(t, bad), "write", 40, time.Second)
	if int(came.Load()) != len(all) {
		t.Errorf("%d planned, %d arrived: %v", len(all), came.Load(), fates(all))
	}
}

func TestAddressIsAskedByNewConnectionsOnly(t *testing.T) {
	addr := listen(t, say(answer("200 OK", "ok")))
	var asked atomic.Int32
	e := Entry{RunID: "r1", Addr: func(context.Context) (string, error) { asked.Add(1); return addr, nil }}
	a := brief(200, time.Second)
	a.Mix = Mix{"write": 1}
	if _, _, err := fire(t, t.Context(), a, e); err != nil || asked.Load() > 2 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}

func TestWithoutAnAddressRequestsAreRefused(t *testing.T) {
	e := Entry{RunID: "r1", Addr: func(context.Context) (string, error) { return "", errors.New("no such node") }}
	all, _, err := fire(t, t.Context(), brief(100, 100*time.Millisecond), e)
	if got := fates(all); err != nil || got["refused no address"] != len(all) {
		t.Error(got, err)
	}
}

func TestAnAddressThatWasGoodServesWhileAskingFails(t *testing.T) {
	fail := false
	a := &address{ask: func(context.Context) (string, error) {
		if fail {
			return "", errors.New("daemon is busy")
		}
		return "127.0.0.1:1", nil
	}}
	for range 3 {
		if addr, err := a.get(t.Context()); addr != "127.0.0.1:1" || err != nil {
			t.Errorf("%q, %v", addr, err)
		}
		fail, a.at = true, time.Time{}
	}
}

// TestOurOwnExhaustionIsNamed takes all file descriptors but the driver's few.
func TestOurOwnExhaustionIsNamed(t *testing.T) {
	addr := listen(t, say(answer("200 OK", "ok")))
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	e := Entry{RunID: "r1", Addr: func(context.Context) (string, error) {
		none := old
		none.Cur = 3 // every new descriptor is above that
		return addr, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none)
	}}
	a := brief(100, 100*time.Millisecond)
	all, _, err := fire(t, t.Context(), a, e)
	if e := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); e != nil {
		t.Fatal(e)
	}
	if got := fates(all); err != nil || got["refused driver: out of file descriptors"] != len(all) {
		t.Error(got, err)
	}
}
