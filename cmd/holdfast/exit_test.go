package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

var exitOnScreen = regexp.MustCompile(`exit (\d+)`)

// TestTheExitCodePrintedIsTheOneReturned: for every way in which a run can end,
// whatever signal comes once it has been decided.
func TestTheExitCodePrintedIsTheOneReturned(t *testing.T) {
	undo := fmt.Errorf("undo kill of pg-1: %w", topologies.ErrEnvironment)
	one := func(o, want results.Outcome) []results.Verdict {
		return []results.Verdict{{Name: "recovers", Outcome: o, Expected: want, N: 1}}
	}
	held := one(results.Held, results.Held)
	for _, c := range []struct {
		name     string
		verdicts []results.Verdict
		cut      bool
		alarm    bool // a checker failed its self-check
		end      results.End
		err      error
		want     int
	}{
		{name: "held", verdicts: held, want: 0},
		{name: "broken", verdicts: one(results.Broken, results.Held), want: 1},
		{name: "broken as expected", verdicts: one(results.Broken, results.Broken), want: 0},
		{name: "unproven", verdicts: one(results.Unproven, results.Held), want: 3},
		{name: "no claim", want: 3},
		{name: "not steady", verdicts: held, cut: true, want: 3},
		{name: "self-check failed", verdicts: held, alarm: true, want: 4},
		{name: "undo failed", verdicts: held, end: results.End{Failed: undo.Error()}, err: undo, want: 4},
		{name: "broken and undo failed", verdicts: one(results.Broken, results.Held), end: results.End{Failed: undo.Error()}, err: undo, want: 4},
		{name: "nothing matched", cut: true, verdicts: held, end: results.End{Failed: "nothing matched"}, err: errors.New("nothing matched"), want: 4},
		{name: "interrupted", cut: true, verdicts: held, end: results.End{Failed: "canceled", Signal: 2}, err: context.Canceled, want: 130},
		{name: "terminated", cut: true, verdicts: held, end: results.End{Failed: "canceled", Signal: 15}, err: context.Canceled, want: 143},
		{name: "interrupted and undo failed", cut: true, verdicts: held, end: results.End{Failed: undo.Error(), Signal: 2}, err: undo, want: 130},
		{name: "interrupted while it was taken down", verdicts: held, end: results.End{Signal: 2}, want: 130},
	} {
		for _, later := range []bool{false, true} {
			r := &results.Run{Finished: !c.cut, Verdicts: c.verdicts, End: c.end, Trust: []results.Check{{Name: results.SelfCheck, OK: !c.alarm, Detail: "it"}}}
			ctx, cancel := context.WithCancelCause(t.Context())
			if c.end.Signal != 0 {
				cancel(signalled{syscall.Signal(c.end.Signal)})
			}
			var out, log bytes.Buffer
			app := &cli.App{Writer: &out, ErrWriter: &log, ExitErrHandler: func(*cli.Context, error) {}, Flags: []cli.Flag{outputFlag()}}
			app.Action = func(cc *cli.Context) error {
				err := printRun(cc, r, "", c.err)
				if later {
					cancel(signalled{syscall.SIGINT})
				}
				return err
			}
			code := exitCode(ctx, app.RunContext(ctx, []string{"holdfast"}), &log)
			cancel(nil)
			said := exitOnScreen.FindStringSubmatch(out.String())
			if said == nil || said[1] != strconv.Itoa(code) || code != c.want {
				t.Errorf("%s: returned %d and printed %q, want %d", c.name, code, said, c.want)
			}
			if (c.err != nil) != strings.Contains(log.String(), "holdfast: ") && !c.alarm {
				t.Errorf("%s: the log says %q, of %v", c.name, &log, c.err)
			}
		}
	}
}
