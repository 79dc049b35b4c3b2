package targets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/holdfast-lab/holdfast/results"
)

// This file alone says what became of a request. Refused is a promise: it
// certainly did not happen. Where that is not certain, the request is
// unanswered: it may have happened.

// appliedHeader is set to "no" by a server that answers with an error and
// knows that it did not do what was asked.
const appliedHeader = "X-Holdfast-Applied"

// errNoAddress is wrapped by errors of finding out where the entry point is.
var errNoAddress = errors.New("no address")

// connectFate is what became of a request for which no connection could be
// opened. No byte of it left, so it certainly did not happen.
func connectFate(err error) (results.Fate, string) {
	if class := exhaustion(err); class != "" {
		return results.Refused, class
	}
	switch {
	case errors.Is(err, errNoAddress):
		return results.Refused, "no address"
	case errors.Is(err, syscall.ECONNREFUSED):
		return results.Refused, "connection refused"
	case timedOut(err):
		return results.Refused, results.ConnectTimeout
	case unreachable(err):
		return results.Refused, "unreachable"
	case errors.Is(err, syscall.ECONNRESET):
		return results.Refused, "connect reset"
	}
	return results.Refused, "connect failed"
}

// exhaustion is the class of an error that is about this machine's own means,
// never to be blamed on the system under test; "" for any other error.
func exhaustion(err error) string {
	for _, own := range []struct {
		errno syscall.Errno
		class string
	}{
		{syscall.EMFILE, "driver: out of file descriptors"},
		{syscall.ENFILE, "driver: out of file descriptors"},
		{syscall.EADDRNOTAVAIL, "driver: out of ports"},
		{syscall.ENOBUFS, "driver: out of memory"},
		{syscall.ENOMEM, "driver: out of memory"},
	} {
		if errors.Is(err, own.errno) {
			return own.class
		}
	}
	return ""
}

// exchangeFate is what became of a request whose connection failed, or whose
// time was up, once it had begun to leave. A write error that says that no byte
// left is not believed either: unanswered costs little, a false refusal a
// wrong verdict.
func exchangeFate(err error, cancelled bool) (results.Fate, string) {
	class := "failed"
	switch {
	case cancelled:
		class = "cancelled"
	case timedOut(err):
		class = results.Timeout
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		class = "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		class = "eof"
	case unreachable(err):
		class = "unreachable"
	case errors.Is(err, errGarbled):
		class = "garbled"
	}
	return results.Unanswered, class
}

// errGarbled is wrapped by errors of an answer that cannot be understood.
var errGarbled = errors.New("garbled answer")

// answerFate is what became of a request that was answered with that status
// and that value of the header X-Holdfast-Applied.
func answerFate(status int, applied string) (results.Fate, string) {
	class := fmt.Sprintf("http %d", status)
	switch {
	case status >= 200 && status < 300:
		return results.Answered, ""
	case status >= 400 && status < 500, status >= 500 && applied == "no":
		return results.Refused, class
	}
	return results.Unanswered, class // also a redirect, which nobody follows
}

// readValue is the value in the answer to a read of that user. An answer that
// is not about the user, or of no user at all, is garbled: it says nothing.
func readValue(body []byte, user string) (string, error) {
	var u struct {
		ID    *string `json:"id"`
		Value *string `json:"value"`
	}
	switch err := json.Unmarshal(body, &u); {
	case err != nil:
		return "", fmt.Errorf("%w: %w", errGarbled, err)
	case u.ID == nil || u.Value == nil:
		return "", fmt.Errorf("%w: no id or no value", errGarbled)
	case *u.ID != user:
		return "", fmt.Errorf("%w: user %s instead of %s", errGarbled, *u.ID, user)
	}
	return *u.Value, nil
}

// timedOut says whether an error is of a deadline, ours or the kernel's.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}

// unreachable says whether an error is of a network that knows no way.
func unreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN)
}
