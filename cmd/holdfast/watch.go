package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

// heartbeat is the interval of progress lines in a log without redrawing.
const heartbeat = 10 * time.Second

// watcher prints the progress of a run: on a terminal a block of lines that is
// redrawn, otherwise one line per event and a heartbeat.
type watcher struct {
	mu    sync.Mutex
	out   *console
	live  bool
	paint func(code, text string) string
	parts []*part // of the image or boot stage that is drawn now
	beat  *scenarios.Beat
	spoke time.Time // when the last line of a log was written
}

// part is an image or a node that is being prepared.
type part struct {
	topologies.Progress
	began time.Time
}

// newWatcher prints the progress of a run on a stream. After the context is done
// it no longer draws a block: the lines about the undo are permanent.
func newWatcher(ctx context.Context, out io.Writer) *watcher {
	w := &watcher{out: newConsole(out), live: terminal(out) && os.Getenv("CI") != "true", paint: painter(colored(out)), spoke: time.Now()}
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.live = false
		w.out.draw()
	})
	return w
}

// colored reports whether a stream is a terminal and NO_COLOR is not set.
func colored(w io.Writer) bool { return terminal(w) && os.Getenv("NO_COLOR") == "" }

// painter returns a function that puts an ANSI colour around text if on is set.
func painter(on bool) func(code, text string) string {
	if !on {
		return func(_, text string) string { return text }
	}
	return func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

// headline prints what will be run.
func (w *watcher) headline(s *scenarios.Scenario, arm string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := w.paint("1", results.Printable(s.Name))
	if arm != "" && arm != scenarios.Treatment {
		name += " · " + arm
	}
	fmt.Fprintf(w.out, "%s\n%s\n\n", name, results.Indented(s.Story+"\n"+s.Describe(), 2, width(w.out)))
}

// notice handles one notice. It may be called from several goroutines.
func (w *watcher) notice(n scenarios.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case n.Arm != nil:
		w.arm(*n.Arm)
	case n.Part != nil:
		w.part(*n.Part)
	case n.Event != nil:
		for _, l := range results.Lines(*n.Event, cmp.Or(width(w.out), endless)) {
			w.say(l)
		}
	case n.Beat != nil:
		w.beat = n.Beat
		if !w.live && time.Since(w.spoke) >= heartbeat {
			w.say(beatLine(*n.Beat))
		}
	}
	w.redraw()
}

// endless is the width of a stream without a width.
const endless = 1 << 20

// arm prints which arm begins, and what differs in it.
func (w *watcher) arm(a scenarios.ArmBegins) {
	w.beat, w.parts = nil, nil
	a.Arm = results.Printable(a.Arm)
	text := fmt.Sprintf("%s  run %d of %d", a.Arm, a.Play, a.Plays)
	if a.Why != "" {
		text += ": " + a.Why
	}
	text = strings.TrimPrefix(results.Indented(text, 0, width(w.out)), a.Arm)
	w.say("\n" + w.paint("1", a.Arm) + text)
}

// part handles the progress of an image or a node.
func (w *watcher) part(p topologies.Progress) {
	p.Name, p.Text = results.Printable(p.Name), results.Printable(strings.TrimSpace(p.Text))
	done := p.State == "ready" || p.State == "cached" || p.State == "failed"
	at := -1
	for i, q := range w.parts {
		if q.Stage == p.Stage && q.Name == p.Name {
			at = i
		}
	}
	switch {
	case done:
		if at >= 0 {
			w.parts = append(w.parts[:at], w.parts[at+1:]...)
		}
		w.say(w.partLine(p))
	case at >= 0:
		w.parts[at].Progress = p
	default:
		w.parts = append(w.parts, &part{p, time.Now()})
		if !w.live && p.Stage == "image" {
			w.say(fmt.Sprintf("  … image %-14s %s", p.Name, p.Text))
		}
	}
}

func (w *watcher) partLine(p topologies.Progress) string {
	mark := w.paint("32", "✓")
	if p.State == "failed" {
		mark = w.paint("31", "✗")
	}
	what := p.Name
	if p.Stage == "image" {
		what = "image " + p.Name
	}
	return fmt.Sprintf("  %s %-20s %5.1f s  %s", mark, what, p.Took.Seconds(), p.Text)
}

func beatLine(b scenarios.Beat) string {
	text := fmt.Sprintf("T+%-7s %d of %d sent, %d answered, %d refused, %d unanswered",
		b.At.Truncate(time.Second), b.Sent, b.Planned, b.Answered, b.Refused, b.Unanswered)
	if b.Waiting > 0 {
		text += fmt.Sprintf(", %d waiting", b.Waiting)
	}
	if b.Unsent > 0 {
		text += fmt.Sprintf(", %d never sent", b.Unsent)
	}
	return text
}

// say writes a permanent line.
func (w *watcher) say(line string) {
	fmt.Fprintln(w.out, line)
	w.spoke = time.Now()
}

// spinner turns by the clock, so that it needs no state.
var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

// redraw draws the current progress below the permanent lines.
func (w *watcher) redraw() {
	if !w.live {
		return
	}
	turn := string(spinner[time.Now().UnixMilli()/100%int64(len(spinner))])
	var block []string
	for _, p := range w.parts {
		block = append(block, fmt.Sprintf("  %s %-20s %5.1f s  %s", turn, p.Name, time.Since(p.began).Seconds(), p.Text))
	}
	if w.beat != nil {
		block = append(block, fmt.Sprintf("  %s %s", turn, beatLine(*w.beat)))
	}
	w.out.draw(block...)
}

// close removes the redrawn block.
func (w *watcher) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts, w.beat, w.live = nil, nil, false
	w.out.draw()
}
