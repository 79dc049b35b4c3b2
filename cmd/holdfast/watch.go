package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

// heartbeat is how often a log without redrawing says that it is alive.
const heartbeat = 10 * time.Second

// watcher tells people what a run is doing: on a terminal a block whose last
// lines are redrawn, elsewhere one line an event and a heartbeat.
type watcher struct {
	mu    sync.Mutex
	out   io.Writer
	live  bool
	paint func(code, text string) string
	parts []*part // of the image or boot stage that is drawn now
	drawn int     // lines of the block on the screen
	beat  *scenarios.Beat
	spoke time.Time // when the last line of a log was written
}

// part is an image or a node that is being made ready.
type part struct {
	topologies.Progress
	began time.Time
}

func newWatcher(out io.Writer) *watcher {
	f, isFile := out.(*os.File)
	live := isFile && term.IsTerminal(int(f.Fd())) && os.Getenv("CI") != "true" && os.Getenv("TERM") != "dumb"
	return &watcher{out: out, live: live, paint: painter(colored(out)), spoke: time.Now()}
}

// colored says whether a stream may be coloured: a terminal, and NO_COLOR is not set.
func colored(w io.Writer) bool {
	f, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// painter gives the function that puts an ANSI colour around text, or leaves it be.
func painter(on bool) func(code, text string) string {
	if !on {
		return func(_, text string) string { return text }
	}
	return func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

// headline says what will be played.
func (w *watcher) headline(s *scenarios.Scenario, arm string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := w.paint("1", s.Name)
	if arm != "" && arm != "treatment" {
		name += " · " + arm
	}
	fmt.Fprintf(w.out, "%s\n  %s\n", name, s.Story)
	for line := range strings.Lines(s.Describe()) {
		fmt.Fprint(w.out, "  ", line)
	}
	fmt.Fprintln(w.out)
}

// notice takes one piece of news. It may be called from several goroutines.
func (w *watcher) notice(n scenarios.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case n.Part != nil:
		w.part(*n.Part)
	case n.Event != nil:
		w.say(results.Line(*n.Event))
	case n.Beat != nil:
		w.beat = n.Beat
		if !w.live && time.Since(w.spoke) >= heartbeat {
			w.say(beatLine(*n.Beat))
		}
	}
	w.redraw()
}

// part takes the news of an image or a node.
func (w *watcher) part(p topologies.Progress) {
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
			w.say(fmt.Sprintf("  … %-14s %s", p.Name, p.Text))
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

// say writes a line that stays.
func (w *watcher) say(line string) {
	w.erase()
	fmt.Fprintln(w.out, line)
	w.spoke = time.Now()
}

// erase takes the redrawn block off the screen.
func (w *watcher) erase() {
	if w.drawn > 0 {
		fmt.Fprintf(w.out, "\x1b[%dA\x1b[J", w.drawn)
		w.drawn = 0
	}
}

// spinner turns by the clock, so that it needs no state.
var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

// redraw draws what goes on now below what stays.
func (w *watcher) redraw() {
	if !w.live {
		return
	}
	w.erase()
	turn := string(spinner[time.Now().UnixMilli()/100%int64(len(spinner))])
	for _, p := range w.parts {
		w.draw(fmt.Sprintf("  %s %-20s %5.1f s  %s", turn, p.Name, time.Since(p.began).Seconds(), p.Text))
	}
	if w.beat != nil {
		w.draw(fmt.Sprintf("  %s %s", turn, beatLine(*w.beat)))
	}
}

// draw adds a line to the block.
func (w *watcher) draw(line string) {
	columns := 80
	if f, ok := w.out.(*os.File); ok {
		if wide, _, err := term.GetSize(int(f.Fd())); err == nil && wide > 0 {
			columns = wide
		}
	}
	fmt.Fprintln(w.out, fit(line, columns-1))
	w.drawn++
}

// fit keeps a redrawn line on one line of the screen, else it could not be taken back.
func fit(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// close takes the redrawn block away.
func (w *watcher) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.erase()
	w.parts, w.beat = nil, nil
}
