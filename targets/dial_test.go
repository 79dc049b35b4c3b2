package targets

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestDialInABubble attacks a server in this process, over pipes, on a clock that goes
// on only while everybody waits: each request leaves at its intended instant and takes
// as long as the server does, however busy the machine is.
func TestDialInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const service = 20 * time.Millisecond
		e := Entry{RunID: "r1", Addr: func(context.Context) (string, error) { return "memory:80", nil }}
		e.Dial = func(_ context.Context, addr string) (net.Conn, error) {
			if addr != "memory:80" {
				t.Errorf("it dials %q", addr)
			}
			ours, theirs := net.Pipe()
			go serveSlowly(theirs, service)
			return ours, nil
		}
		a := Attack{Rate: Rate{Constant: 100}, For: time.Minute, Timeout: time.Second, Mix: Mix{"write": 1}, Keys: Keys{Users: 1}}
		n := uint64(0)
		load, err := a.Fire(t.Context(), e, time.Now(), func(q results.Request) {
			n++
			if q.Fate != results.Answered || q.Sent != q.Intended || q.Done-q.Sent != service {
				t.Errorf("%+v", q)
			}
		})
		if err != nil || n != a.Planned() || len(load.Stalls) > 0 || load.HeartbeatP999 > lateStep {
			t.Errorf("%d requests of %d, %v, %+v", n, a.Planned(), err, load)
		}
	})
}

// serveSlowly answers each request after so long, until the connection is closed.
func serveSlowly(c net.Conn, after time.Duration) {
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(after)
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}
