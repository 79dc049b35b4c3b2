package main

import (
	"encoding/json"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/scenarios"
)

func proveCommand() *cli.Command {
	return &cli.Command{
		Name: "prove", Usage: "play a scenario in all its arms: treatment, controls, placebo",
		Description: "A claim is proven when it holds with the mechanism and the fault, breaks with the mechanism taken away, and holds without a fault.",
		ArgsUsage:   "SCENARIO or FILE.yaml",
		Flags: append(playFlags(), &cli.IntFlag{Name: "repeat", Value: 1, Usage: "play every arm `N` times",
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
	name, err := one(c, "scenario", "replication/primary-kill")
	if err != nil {
		return err
	}
	s, err := scenarios.Load(name)
	if err != nil {
		return err
	}
	if err := ready(c, s, s.Arms()...); err != nil {
		return err
	}
	w := newWatcher(c.App.ErrWriter)
	w.headline(s, "")
	p, err := scenarios.Prove(c.Context, s, c.Int("repeat"), options(c, w.notice))
	w.close()
	if p == nil {
		return err
	}
	if wantJSON {
		e := json.NewEncoder(c.App.Writer)
		e.SetIndent("", "  ")
		err = errors.Join(err, e.Encode(p))
	} else {
		p.Report(c.App.Writer, colored(c.App.Writer))
	}
	if why := p.SelfCheckFailed(); err == nil && why != "" {
		return failedSelfCheck(why)
	}
	if code := p.ExitCode(); err == nil && code != 0 {
		return verdict(code)
	}
	return err
}
