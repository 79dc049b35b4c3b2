package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
)

// outputFlag selects the output format of results.
func outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "text", Usage: "`FORMAT` of the result on standard output: text or json"}
}

// asJSON reports whether JSON output is requested.
func asJSON(c *cli.Context) (bool, error) {
	switch o := c.String("output"); o {
	case "text", "json":
		return o == "json", nil
	default:
		return false, usagef("no output format %q: use text or json", o)
	}
}

// runFlags are the flags of the commands that run scenarios.
func runFlags() []cli.Flag {
	return []cli.Flag{
		outputFlag(),
		&cli.StringFlag{Name: "results", Value: "results/runs", Usage: "`DIR` to save the runs in"},
		&cli.Uint64Flag{Name: "seed", Usage: "`SEED` of keys and send times (default: a new one; it is printed so that the run can be repeated)"},
	}
}

// options are the options of a run, from the flags; notices go to watch.
func options(c *cli.Context, watch func(scenarios.Notice)) scenarios.Options {
	calibration, _ := results.CalibrationFile() // a user without a cache folder has no calibration
	return scenarios.Options{
		Results: c.String("results"), Seed: c.Uint64("seed"), Version: version(), Commit: commit(), Watch: watch, Calibration: calibration,
	}
}

// onlyArgument is the only argument of a command.
func onlyArgument(c *cli.Context, what, example string) (string, error) {
	if c.Args().Len() == 1 {
		return c.Args().First(), nil
	}
	if c.Args().Len() == 0 {
		return "", usagef("%s needs a %s, for example: holdfast %s %s", c.Command.Name, what, c.Command.Name, example)
	}
	return "", usagef("%s: one %s at a time, not %d: %s", c.Command.Name, what, c.Args().Len(), strings.Join(c.Args().Slice(), " "))
}

// noArguments returns an error if a command got arguments.
func noArguments(c *cli.Context) error {
	if c.Args().Len() > 0 {
		return usagef("%s takes no argument, got %q", c.Command.Name, c.Args().First())
	}
	return nil
}

// completeScenarios prints the names of the built-in scenarios for completion.
func completeScenarios(c *cli.Context) {
	if list, err := scenarios.List(); err == nil {
		for _, s := range list {
			fmt.Fprintln(c.App.Writer, s.Name)
		}
	}
}

// completeWords prints fixed words for completion.
func completeWords(words ...string) cli.BashCompleteFunc {
	words = slices.Clone(words)
	return func(c *cli.Context) {
		for _, w := range words {
			fmt.Fprintln(c.App.Writer, w)
		}
	}
}
