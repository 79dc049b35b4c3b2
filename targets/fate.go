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

// This file alone decides the fate of a request. Refused means that the request was
// certainly not executed. If that is not certain, the request is unanswered: it may
// have been executed.

// appliedHeader is set to "no" by a server that answers with an error and knows
// that the request was not executed.
const appliedHeader = "X-Holdfast-Applied"

// errNoAddress is wrapped by errors of looking up the address of the entry point.
var errNoAddress = errors.New("no address")

// connectFate is the fate of a request for which no connection could be opened. No
// byte of it was sent, so it was certainly not executed.
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

// exhaustion is the class of an error caused by a lack of resources on this
// machine, not by the system under test; "" for any other error.
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

// exchangeFate is the fate of a request whose connection failed or timed out after
// sending had begun. Even if a write error says that no byte was sent, the request
// is unanswered: a false refusal could cause a wrong verdict.
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

// errGarbled is wrapped by errors of a malformed answer.
var errGarbled = errors.New("garbled answer")

// answerFate is the fate of a request that was answered with that status and that
// value of the header X-Holdfast-Applied.
func answerFate(status int, applied string) (results.Fate, string) {
	class := fmt.Sprintf("http %d", status)
	switch {
	case status >= 200 && status < 300:
		return results.Answered, ""
	case status >= 400 && status < 500, status >= 500 && applied == "no":
		return results.Refused, class
	}
	return results.Unanswered, class // also a redirect, which is not followed
}

// readValue is the value in the answer to a read of that user. An answer for
// another user, or without a user, is an error.
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

// timedOut reports whether an error is a timeout, of a deadline or of the kernel.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}

// unreachable reports whether an error says that the network or the host is unreachable.
func unreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN)
}
