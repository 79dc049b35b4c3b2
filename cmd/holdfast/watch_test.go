package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/holdfast-lab/holdfast/scenarios"
)

// TestBeatTellsWhatDidNotLeave: requests that the in-flight limit holds are
// seen in a log, and nothing is said of them where there are none.
func TestBeatTellsWhatDidNotLeave(t *testing.T) {
	b := scenarios.Beat{At: 10*time.Second + 1, Planned: 600, Sent: 90, Answered: 80, Refused: 1, Unanswered: 2}
	calm := "T+10s     90 of 600 sent, 80 answered, 1 refused, 2 unanswered"
	if got := beatLine(b); got != calm {
		t.Errorf("got %q, want %q", got, calm)
	}
	b.Waiting, b.Unsent = 10, 3
	if got := beatLine(b); got != calm+", 10 waiting, 3 never sent" {
		t.Errorf("got %q", got)
	}
}

// TestTheBlockFitsTheScreen: a redrawn line that broke could not be taken back.
func TestTheBlockFitsTheScreen(t *testing.T) {
	var out bytes.Buffer
	w := &watcher{out: &out, live: true, beat: &scenarios.Beat{At: time.Hour, Planned: 1e9, Sent: 1e9, Answered: 1e9, Refused: 1e9, Unanswered: 1e9, Waiting: 1e9}}
	w.redraw()
	line := strings.TrimSuffix(out.String(), "\n")
	if n := utf8.RuneCountInString(line); w.drawn != 1 || n != 79 || !strings.HasSuffix(line, "…") {
		t.Errorf("%d lines, %d columns: %q", w.drawn, n, line)
	}
}
