package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
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
	for columns, want := range map[string]int{"": 79, "60": 59, "20": 59, "120": 119, "200": 127} {
		t.Setenv("COLUMNS", columns)
		var out bytes.Buffer
		w := newWatcher(t.Context(), &out)
		w.live = true
		w.notice(scenarios.Notice{Beat: &scenarios.Beat{At: time.Hour, Planned: 1e9, Sent: 1e9, Answered: 1e9, Refused: 1e9, Unanswered: 1e9, Waiting: 1e9}})
		line := strings.TrimSuffix(out.String(), "\n")
		if n := utf8.RuneCountInString(line); n != want || strings.HasSuffix(line, "…") != (want < 127) {
			t.Errorf("COLUMNS=%s: %d columns, want %d: %q", columns, n, want, line)
		}
	}
}

// screen is what is left to see of what was written to a terminal, by line.
func screen(t *testing.T, text string) []string {
	t.Helper()
	lines := []string{""}
	row, column := 0, 0
	put := func(r rune) {
		for column > len([]rune(lines[row])) {
			lines[row] += " "
		}
		line := []rune(lines[row])
		lines[row] = string(append(append(line[:column:column], r), line[min(column+1, len(line)):]...))
		column++
	}
	for i := 0; i < len(text); {
		var n int
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, "\x1b[J"):
			lines, i = append(lines[:row:row], string([]rune(lines[row])[:min(column, len([]rune(lines[row])))])), i+3
		case strings.HasPrefix(rest, "\x1b[K"):
			lines[row], i = string([]rune(lines[row])[:min(column, len([]rune(lines[row])))]), i+3
		case strings.HasPrefix(rest, "\x1b["):
			if _, err := fmt.Sscanf(rest, "\x1b[%dA", &n); err != nil {
				t.Fatalf("what is %q?", rest[:min(8, len(rest))])
			}
			row, i = max(row-n, 0), i+strings.Index(rest, "A")+1
		case rest[0] == '\r':
			column, i = 0, i+1
		case rest[0] == '\n':
			if row, column, i = row+1, 0, i+1; row == len(lines) {
				lines = append(lines, "")
			}
		default:
			r, size := utf8.DecodeRuneInString(rest)
			put(r)
			i += size
		}
	}
	return lines
}

// TestInterruptLeavesACleanScreen: Ctrl-C in the middle of a run, with a block
// on the screen and ^C echoed behind it. What is left is whole lines, without
// the block, the message, and below it what was undone.
func TestInterruptLeavesACleanScreen(t *testing.T) {
	for name, n := range map[string]scenarios.Notice{
		"under load": {Beat: &scenarios.Beat{At: 10 * time.Second, Planned: 600, Sent: 90}},
		"at boot":    {Part: &topologies.Progress{Stage: "boot", Name: "pg-1", State: "waiting", Text: "starting"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("COLUMNS", "80")
			var out bytes.Buffer
			log := newConsole(&out)
			ctx, cancel := context.WithCancel(t.Context())
			w := newWatcher(ctx, log)
			w.live = true
			w.notice(scenarios.Notice{Event: &results.Event{Kind: results.AttackBegan}})
			w.notice(n)
			if got := len(screen(t, out.String())); got != 3 {
				t.Fatalf("%d lines, want the event, the block and the cursor's: %q", got, out.String())
			}
			out.WriteString("^C")
			fmt.Fprintln(log, "holdfast: interrupt")
			cancel()
			w.close()
			w.notice(scenarios.Notice{Event: &results.Event{At: time.Second, Kind: results.FaultEnded}})
			want := []string{"T+00.000   attack began", "holdfast: interrupt", "T+01.000   fault ended", ""}
			if got := screen(t, out.String()); !slices.Equal(got, want) {
				t.Errorf("left on the screen: %q, want %q", got, want)
			}
		})
	}
}

// TestProveWarnsOfClaimsWithoutControl: before anything is played.
func TestProveWarnsOfClaimsWithoutControl(t *testing.T) {
	for name, want := range map[string]string{"testdata/quick.yaml": "note: this scenario has no control", "replication/primary-kill": ""} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		newWatcher(t.Context(), &out).unbroken(s)
		if got := out.String(); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestCompletionOffersFiles: where a scenario may be a file, the shell offers
// both, and elsewhere no files.
func TestCompletionOffersFiles(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	bin := t.TempDir()
	names := "#!/bin/sh\necho replication/primary-kill\n" // what the program offers
	if err := os.WriteFile(filepath.Join(bin, "holdfast"), []byte(names), 0o755); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]string{
		"holdfast run repl":           "replication/primary-kill",
		"holdfast run testdata/qui":   "testdata/quick.yaml",
		"holdfast judge testdata/pro": "testdata/proof.yaml",
		"holdfast up testdata/qui":    "",
		"holdfast testdata/qui":       "",
	} {
		script := bashCompletion + "COMP_WORDS=(" + words + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _holdfast; echo \"${COMPREPLY[@]}\""
		c := exec.Command(bash, "-c", script)
		c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := c.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", words, got, err, want)
		}
	}
}
