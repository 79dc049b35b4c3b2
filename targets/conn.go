package targets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// maxBody is how many bytes of an answer to a read are parsed; those of the
// reference site have about 100 bytes.
const maxBody = 1 << 20

// conn is one persistent connection: a session with sequential requests.
type conn struct {
	net.Conn
	id     int // from 0, in the order of opening
	host   string
	in     *bufio.Reader
	out    []byte
	body   bytes.Buffer
	raw    syscall.RawConn
	silent bool // result of the last peek: no data and not closed
	peek   func(fd uintptr) bool
	since  time.Duration // when it was last used
	failed error         // error of reading, if it failed
}

// reader reads from the connection and remembers the read error, because the HTTP
// parser reports a truncated answer as a malformed one.
type reader struct{ *conn }

func (r reader) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if err != nil {
		r.failed = err
	}
	return n, err
}

func newConn(nc net.Conn, id int, host string) *conn {
	c := &conn{Conn: nc, id: id, host: host}
	c.in = bufio.NewReader(reader{c})
	c.peek = func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK) // Go's sockets are non-blocking
		c.silent = errors.Is(err, syscall.EAGAIN)
		return true
	}
	if s, ok := nc.(syscall.Conn); ok {
		c.raw, _ = s.SyscallConn()
	}
	return c
}

// alive reports whether the peer has neither closed the connection nor sent
// unexpected data. It avoids connections that were closed while idle; if one is
// closed later, the request fails as with any client.
func (c *conn) alive() bool {
	return c.raw == nil || c.raw.Read(c.peek) == nil && c.silent
}

// answering reports whether bytes of an answer have arrived and were not read.
// Unlike a read, it may be asked after the deadline, and it never waits.
func (c *conn) answering() bool {
	if c.raw == nil {
		return false
	}
	var n int
	err := c.raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, _ = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
	})
	return err == nil && n > 0
}

// get is the request for http.ReadResponse, which needs the method to know that
// answers have bodies.
var get = &http.Request{Method: http.MethodGet}

// exchange sends the request and reads its answer into q. After an error, or if
// last is true, the connection must not be used again.
func (c *conn) exchange(q *results.Request) (last bool, err error) {
	c.out = appendRequest(c.out[:0], c.host, *q)
	if _, err := c.Write(c.out); err != nil {
		return true, err
	}
	answer, err := http.ReadResponse(c.in, get)
	for err == nil && answer.StatusCode < 200 && answer.StatusCode != http.StatusSwitchingProtocols {
		answer, err = http.ReadResponse(c.in, get) // 1xx answers are informational
	}
	if err != nil {
		return true, c.unread(err)
	}
	q.Status = answer.StatusCode
	q.Server, q.Store = answer.Header.Get("X-Holdfast-Server"), answer.Header.Get("X-Holdfast-Store")
	c.body.Reset()
	if q.Operation == "read" {
		_, err = c.body.ReadFrom(io.LimitReader(answer.Body, maxBody))
	}
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if err != nil {
		return true, c.unread(err)
	}
	q.Fate, q.Error = answerFate(answer.StatusCode, answer.Header.Get(appliedHeader))
	last = answer.Close || c.in.Buffered() > 0 || answer.StatusCode < 200
	if q.Fate == results.Answered && q.Operation == "read" {
		q.Value, err = readValue(c.body.Bytes(), q.Key)
	}
	return last, err
}

// unread distinguishes a failed connection from a malformed answer.
func (c *conn) unread(err error) error {
	if c.failed != nil {
		return c.failed
	}
	return fmt.Errorf("%w: %w", errGarbled, err)
}

// appendRequest appends the request as HTTP/1.1. Keys and values are generated and
// need no escaping; Fire checks the run's id.
func appendRequest(b []byte, host string, q results.Request) []byte {
	method, path, end := "GET", "/users/"+q.Key, ""
	switch q.Operation {
	case "write":
		method = "PUT"
	case "post":
		method, end = "POST", "/posts"
	case "list":
		end = "/posts"
	case "static":
		path = "/static/small.txt"
	}
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, path...)
	b = append(b, end...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	b = append(b, "\r\nUser-Agent: holdfast\r\n"...)
	if method == "GET" {
		return append(b, "\r\n"...)
	}
	const open, shut = `{"value":"`, `"}`
	b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(open)+len(q.Value)+len(shut)), 10)
	b = append(b, "\r\n\r\n"+open...)
	b = append(b, q.Value...)
	return append(b, shut...)
}
