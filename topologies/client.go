// The Docker daemon may be missing, not permitted for this user, too old, or may
// die during a run. These errors concern the machine, never the system under test,
// and wrap ErrEnvironment.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// ErrEnvironment is wrapped by every error that is about Docker or the machine
// rather than about the system under test.
var ErrEnvironment = errors.New("environment")

// oldestAPI is Docker 20.10: one-shot stats and API 1.41 of the client library.
const oldestAPI = "1.41"

// callLimit limits one call to the daemon, so that a hanging daemon causes an error
// instead of a hang. Slowest seen on two busy cores: 4 s for a start.
const callLimit = 20 * time.Second

// docker is a connection to the daemon.
type docker struct {
	*client.Client
}

// environment wraps an error about the machine.
func environment(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrEnvironment, err)
}

// unusable is why Docker cannot be used, and what to do about it. It wraps
// [ErrEnvironment], without repeating its text.
type unusable struct {
	why, fix string
	cause    error
}

func (u unusable) Error() string   { return u.why + "; to do: " + u.fix }
func (u unusable) Unwrap() []error { return []error{ErrEnvironment, u.cause} }

// connect finds the daemon and checks that it answers and is new enough. Errors
// wrap an unusable. The caller must close the result.
func connect(ctx context.Context) (*docker, error) {
	d, err := reachDaemon(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to Docker: %w", err)
	}
	return d, nil
}

func reachDaemon(ctx context.Context) (*docker, error) {
	if err := pointAtDaemon(); err != nil {
		return nil, err
	}
	host := os.Getenv("DOCKER_HOST")
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, unusable{"DOCKER_HOST=" + host + ": " + err.Error(), "set DOCKER_HOST to where Docker listens, as in unix:///var/run/docker.sock, or unset it", err}
	}
	within, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	ping, err := c.Ping(within)
	if err == nil && versions.LessThan(ping.APIVersion, oldestAPI) {
		err = unusable{why: fmt.Sprintf("the daemon at %s speaks API %s, and %s is needed", c.DaemonHost(), ping.APIVersion, oldestAPI), fix: "install Docker 20.10 or later"}
	} else if err != nil {
		err = explain(err, describe(c.DaemonHost()))
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.NegotiateAPIVersionPing(ping)
	return &docker{c}, nil
}

// explain adds what to do about a daemon that does not answer.
func explain(err error, host string) error {
	switch text := err.Error(); {
	case errors.Is(err, fs.ErrPermission) || strings.Contains(text, "permission denied"):
		return unusable{"not permitted to use " + host, "add this user to the group docker, then log in again", err}
	case client.IsErrConnectionFailed(err):
		return unusable{"no daemon at " + host, "start Docker 20.10 or later (install it if need be), or set DOCKER_HOST", err}
	default:
		return unusable{fmt.Sprintf("the daemon at %s does not answer: %v", host, err), "restart Docker", err}
	}
}

// call makes one call to the daemon within limit. Errors wrap ErrEnvironment,
// unless the caller's context is done.
func call(ctx context.Context, doing string, limit time.Duration, do func(context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(within)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, errors.Join(ctx.Err(), err))
	case within.Err() != nil:
		return environment(doing, fmt.Errorf("no answer from Docker within %v: %w", limit, err))
	default:
		return environment(doing, err)
	}
}
