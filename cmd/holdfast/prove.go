package main

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
)

func proveCommand() *cli.Command {
	return &cli.Command{
		Name: "prove", Usage: "run a scenario in all its arms: treatment, controls, placebo",
		Description: "A claim is proven when it holds with the mechanism and the fault, breaks without the mechanism, and holds without a fault.",
		ArgsUsage:   "SCENARIO, FILE.yaml or -",
		Flags: append(runFlags(), setFlag(), &cli.IntFlag{Name: "repeat", Value: 1, Usage: "run every arm `N` times",
			Action: func(_ *cli.Context, n int) error {
				if n < 1 || n > 1000 {
					return usagef("--repeat %d: use 1 to 1000", n)
				}
				return nil
			}}),
		BashComplete: completeScenarios,
		Action:       prove,
	}
}

func prove(c *cli.Context) error {
	wantJSON, err := asJSON(c)
	if err != nil {
		return err
	}
	s, err := chosen(c)
	if err != nil {
		return err
	}
	if err := ready(c, s, s.Arms()...); err != nil {
		return err
	}
	w := newWatcher(c.Context, c.App.ErrWriter)
	w.headline(s, "")
	w.unbroken(s)
	p, err := scenarios.Prove(c.Context, s, c.Int("repeat"), options(c, w.notice))
	w.close()
	if p == nil {
		return err
	}
	if wantJSON {
		e := json.NewEncoder(c.App.Writer)
		e.SetIndent("", "  ")
		if bad := e.Encode(p); bad != nil {
			return errors.Join(err, bad)
		}
	} else {
		p.Report(c.App.Writer, results.Style{Color: colored(c.App.Writer), Width: width(c.App.Writer)})
	}
	return played{p.ExitCode(), errors.Join(err, failedSelfCheck(p.SelfCheckFailed()))}
}

// unbroken reports, before the start, the claims that no control is expected to
// break: the proof would end with the same result minutes later.
func (w *watcher) unbroken(s *scenarios.Scenario) {
	missing := s.Unbroken()
	if len(missing) == 0 {
		return
	}
	text := "note: no control is expected to break these claims, so the best possible result is unproven:"
	if len(s.Control) == 0 {
		text = "note: this scenario has no control, so the best possible result is unproven. Claims without a control:"
	}
	text += "\n- " + strings.Join(missing, "\n- ") + "\nto do: add a control whose breaks: names them, or guard: true to a claim that another scenario proves"
	w.say(results.Indented(text, 0, width(w.out)) + "\n")
}
