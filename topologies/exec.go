// A command is run inside a node, as docker exec does.

package topologies

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// execLimit limits a command for callers without a deadline of their own.
const execLimit = 60 * time.Second

// execIn runs a command in a container through Docker's API, in half the time of
// testcontainers (50 ms against 104 ms). A failure of the command itself does not
// wrap ErrEnvironment.
func execIn(ctx context.Context, d *docker, id, name string, argv []string) (string, error) {
	var out bytes.Buffer
	var code int
	doing := fmt.Sprintf("run %s in %s", brief(argv), name)
	err := call(ctx, doing, execLimit, func(ctx context.Context) error {
		made, err := d.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: argv, AttachStdout: true, AttachStderr: true})
		if err != nil {
			return err
		}
		conn, err := d.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
		if err != nil {
			return err
		}
		// The stream has no context: only closing it ends the read.
		stop := context.AfterFunc(ctx, conn.Close)
		_, err = stdcopy.StdCopy(&out, &out, conn.Reader)
		if stop() {
			conn.Close()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		code, err = exitCode(ctx, d, made.ID)
		return err
	})
	if err != nil {
		return out.String(), err
	}
	if code != 0 {
		return out.String(), fmt.Errorf("%s: exit code %d: %s", doing, code, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// exitCode waits until the daemon has recorded the exit of a command, which may be
// shortly after the end of its output.
func exitCode(ctx context.Context, d *docker, id string) (int, error) {
	for {
		seen, err := d.ContainerExecInspect(ctx, id)
		if err != nil || !seen.Running {
			return seen.ExitCode, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// brief is the beginning of a command, for an error.
func brief(argv []string) string {
	const most = 80
	text := strings.Join(argv, " ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ReplaceAll(text, "\n", " ")
}
