package targets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// wrapped is an error as the net package gives it.
func wrapped(op string, errno error) error {
	return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, errno)}
}

func TestConnectFateIsAlwaysRefused(t *testing.T) {
	for _, c := range []struct {
		err   error
		class string
	}{
		{wrapped("connect", syscall.ECONNREFUSED), "connection refused"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "connect timeout"},
		{wrapped("connect", syscall.ETIMEDOUT), "connect timeout"},
		{wrapped("connect", syscall.EHOSTUNREACH), "unreachable"},
		{wrapped("connect", syscall.ENETUNREACH), "unreachable"},
		{wrapped("connect", syscall.ECONNRESET), "connect reset"},
		{fmt.Errorf("%w: %w", errNoAddress, context.DeadlineExceeded), "no address"},
		{wrapped("socket", syscall.EMFILE), "driver: out of file descriptors"},
		{wrapped("socket", syscall.ENFILE), "driver: out of file descriptors"},
		{wrapped("connect", syscall.EADDRNOTAVAIL), "driver: out of ports"},
		{wrapped("socket", syscall.ENOBUFS), "driver: out of memory"},
		{wrapped("socket", syscall.ENOMEM), "driver: out of memory"},
		{fmt.Errorf("%w: %w", errNoAddress, syscall.EMFILE), "driver: out of file descriptors"},
		{errors.New("else"), "connect failed"},
	} {
		if fate, class := connectFate(c.err); fate != results.Refused || class != c.class {
			t.Errorf("%v: %v, %q, want refused, %q", c.err, fate, class, c.class)
		}
	}
}

func TestExchangeFateIsAlwaysUnanswered(t *testing.T) {
	for _, c := range []struct {
		err       error
		cancelled bool
		class     string
	}{
		{wrapped("read", syscall.ECONNRESET), false, "reset"},
		{wrapped("write", syscall.EPIPE), false, "reset"},
		{io.EOF, false, "eof"},
		{io.ErrUnexpectedEOF, false, "eof"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, false, "timeout"},
		{wrapped("read", syscall.ETIMEDOUT), false, "timeout"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, true, "cancelled"},
		{wrapped("read", syscall.EHOSTUNREACH), false, "unreachable"},
		{fmt.Errorf("%w: nonsense", errGarbled), false, "garbled"},
		{errors.New("else"), false, "failed"},
	} {
		if fate, class := exchangeFate(c.err, c.cancelled); fate != results.Unanswered || class != c.class {
			t.Errorf("%v: %v, %q, want unanswered, %q", c.err, fate, class, c.class)
		}
	}
}

func TestAnswerFate(t *testing.T) {
	for _, c := range []struct {
		status  int
		applied string
		fate    results.Fate
		class   string
	}{
		{200, "", results.Answered, ""},
		{201, "", results.Answered, ""},
		{204, "", results.Answered, ""},
		{101, "", results.Unanswered, "http 101"},
		{302, "", results.Unanswered, "http 302"},
		{404, "", results.Refused, "http 404"},
		{409, "", results.Refused, "http 409"},
		{499, "", results.Refused, "http 499"},
		{500, "", results.Unanswered, "http 500"},
		{503, "", results.Unanswered, "http 503"},
		{503, "yes", results.Unanswered, "http 503"},
		{503, "no", results.Refused, "http 503"},
	} {
		if fate, class := answerFate(c.status, c.applied); fate != c.fate || class != c.class {
			t.Errorf("%d, applied %q: %v, %q, want %v, %q", c.status, c.applied, fate, class, c.fate, c.class)
		}
	}
}

func TestReadValue(t *testing.T) {
	if v, err := readValue([]byte(`{"id":"17","value":"r1-5"}`), "17"); v != "r1-5" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	for _, body := range []string{"", "hello", `{}`, `{"id":"17"}`, `{"id":"18","value":"x"}`, `{"id":"17","value":"x"`, `{"id":17,"value":"x"}`} {
		if v, err := readValue([]byte(body), "17"); !errors.Is(err, errGarbled) || v != "" {
			t.Errorf("%s: %q, %v", body, v, err)
		}
	}
}
