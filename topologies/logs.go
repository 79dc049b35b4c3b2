// The log of each node is copied to a file while the node runs, so that it
// outlives the container. It continues when the node is started again.

package topologies

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// follower copies a container's log into a file across kills and starts. A nil
// follower copies nothing.
type follower struct {
	docker  *docker
	id      string
	file    *os.File
	started chan struct{} // the container was started again
	quit    chan struct{} // the container will not be started again
	once    sync.Once     // closes quit once
	done    chan struct{}
	cancel  context.CancelFunc
	last    time.Time // of the last line copied
}

// followLog prepares to copy the log of a container that is not running yet.
func followLog(d *docker, id, folder, node string) (*follower, error) {
	if folder == "" {
		return nil, nil
	}
	file, err := os.OpenFile(filepath.Join(folder, node+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, environment("open the log of "+node, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{docker: d, id: id, file: file, cancel: cancel,
		started: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go f.run(ctx)
	return f, nil
}

// resume signals that the container was started.
func (f *follower) resume() {
	if f == nil {
		return
	}
	select {
	case f.started <- struct{}{}:
	default:
	}
}

// logGrace is how long copying the rest of a log may take after its node has ended.
const logGrace = 2 * time.Second

// end waits for the rest of the log of a container that will not start again.
func (f *follower) end(ctx context.Context) {
	if f == nil {
		return
	}
	f.once.Do(func() { close(f.quit) })
	select {
	case <-f.done:
	case <-ctx.Done():
	case <-time.After(logGrace):
	}
	f.cancel()
	<-f.done
	f.file.Close()
}

// run copies until the end. After an error of the daemon, the next copy continues
// where the last one stopped.
func (f *follower) run(ctx context.Context) {
	defer close(f.done)
	for {
		select {
		case <-f.started:
			f.copy(ctx, true)
		case <-f.quit:
			f.copy(ctx, false)
			return
		case <-ctx.Done():
			return
		}
	}
}

// copy copies the log after the last copied line; if following, until the
// container ends.
func (f *follower) copy(ctx context.Context, following bool) {
	o := container.LogsOptions{ShowStdout: true, ShowStderr: true, Follow: following, Timestamps: true}
	if !f.last.IsZero() {
		o.Since = f.last.Format(time.RFC3339Nano)
	}
	rc, err := f.docker.ContainerLogs(ctx, f.id, o)
	if err != nil {
		return
	}
	defer rc.Close()
	from := f.last
	keep := func(line []byte) {
		stamp, _, _ := bytes.Cut(line, []byte(" "))
		if at, err := time.Parse(time.RFC3339Nano, string(stamp)); err == nil {
			if !at.After(from) {
				return // already copied
			}
			if at.After(f.last) {
				f.last = at
			}
		}
		f.file.Write(line)
	}
	out, errs := &lines{each: keep}, &lines{each: keep}
	stdcopy.StdCopy(out, errs, rc)
	out.flush()
	errs.flush()
}

// lines splits a stream into lines.
type lines struct {
	each func(line []byte)
	rest []byte
}

// Write passes on every complete line.
func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		l.each(l.rest[:end+1])
		l.rest = l.rest[end+1:]
	}
}

// flush passes on a last line without a newline.
func (l *lines) flush() {
	if len(l.rest) > 0 {
		l.each(append(l.rest, '\n'))
	}
	l.rest = nil
}

// lastLines is the end of a container's log, for an error.
func lastLines(ctx context.Context, d *docker, id string, n int) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logGrace)
	defer cancel()
	rc, err := d.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: fmt.Sprint(n)})
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	defer rc.Close()
	var text strings.Builder
	each := &lines{each: func(line []byte) { text.Write(line) }}
	if _, err := stdcopy.StdCopy(each, each, rc); err != nil && err != io.EOF {
		return text.String() + "(" + err.Error() + ")"
	}
	each.flush()
	if text.Len() == 0 {
		return "(it wrote nothing)"
	}
	return text.String()
}
