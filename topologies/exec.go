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

// execLimit bounds a command for callers without a deadline of their own.
const execLimit = 60 * time.Second

// execIn runs a command in a container by the raw interface, at half the time
// of testcontainers' (50 ms against 104 ms). Of the failures, those of the
// command itself are not the environment's.
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
		// The stream knows no context: closing it is what ends the read.
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

// exitCode waits for the daemon to note that a command ended, which may be a
// moment after its output did.
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

// brief is a command for an error: its beginning.
func brief(argv []string) string {
	const most = 80
	text := strings.Join(argv, " ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ReplaceAll(text, "\n", " ")
}
