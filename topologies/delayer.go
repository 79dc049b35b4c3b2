// Delay holds back the packets that a node receives. A process beside the node
// does it, which ends with the rule or with the sidecar.

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

// startDelayer starts the process that delays and returns when it is bound. It
// lives until the rule is removed or the sidecar goes.
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
		go func() { // reads as long as the delayer lives
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

// untilReady passes on, once, that its stream said ready, or all that it said.
type untilReady struct {
	text strings.Builder
	said chan<- string
	once sync.Once
}

// Write looks for the line.
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

// end passes on what was said instead.
func (u *untilReady) end() { u.once.Do(func() { u.said <- strings.TrimSpace(u.text.String()) }) }
