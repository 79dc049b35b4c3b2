// Delay delays the packets that a node receives. A process in the sidecar does so;
// it ends with the rule or with the sidecar.

package topologies

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// delayerLimit is how long the delayer may take to bind its queue.
const delayerLimit = 5 * time.Second

// startDelayer starts the delaying process and returns when its queue is bound. The
// process runs until the rule or the sidecar is removed.
func (r *rules) startDelayer(ctx context.Context, rule rule) error {
	d := r.node.cluster.docker
	return call(ctx, "start the delayer", delayerLimit, func(ctx context.Context) error {
		made, err := d.ContainerExecCreate(ctx, r.sidecar, container.ExecOptions{Cmd: rule.delayer(), AttachStdout: true, AttachStderr: true})
		if err != nil {
			return err
		}
		conn, err := d.ContainerExecAttach(context.WithoutCancel(ctx), made.ID, container.ExecAttachOptions{})
		if err != nil {
			return err
		}
		said := make(chan string, 1)
		ready := &untilReady{said: said}
		go func() { // reads as long as the delayer runs
			defer conn.Close()
			stdcopy.StdCopy(ready, ready, bufio.NewReader(conn.Reader))
			ready.end()
		}()
		select {
		case text := <-said:
			if text == delayerReady {
				return nil
			}
			return fmt.Errorf("it ended: %s", text)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// delayerReady is the line that the delayer prints when its queue is bound.
const delayerReady = "ready"

// untilReady reports, once, the ready line of its stream, or all of its output.
type untilReady struct {
	text strings.Builder
	said chan<- string
	once sync.Once
}

// Write searches for the line.
func (u *untilReady) Write(p []byte) (int, error) {
	if u.text.Len() < 4096 {
		u.text.Write(p)
	}
	for line := range strings.Lines(u.text.String()) {
		if strings.TrimSpace(line) == delayerReady {
			u.once.Do(func() { u.said <- delayerReady })
		}
	}
	return len(p), nil
}

// end reports the output without the line.
func (u *untilReady) end() { u.once.Do(func() { u.said <- strings.TrimSpace(u.text.String()) }) }
