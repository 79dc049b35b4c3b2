package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "run a scenario once and judge it",
		ArgsUsage:    "SCENARIO, FILE.yaml or -",
		Flags:        append(runFlags(), &cli.StringFlag{Name: "arm", Value: "treatment", Usage: "`ARM` to run: treatment, control-1, ..., placebo"}, setFlag()),
		BashComplete: completeScenarios,
		Action:       run,
	}
}

func run(c *cli.Context) error {
	if _, err := asJSON(c); err != nil {
		return err
	}
	s, err := chosen(c)
	if err != nil {
		return err
	}
	if err := ready(c, s, c.String("arm")); err != nil {
		return err
	}
	w := newWatcher(c.Context, c.App.ErrWriter)
	w.headline(s, c.String("arm"))
	r, folder, err := scenarios.Play(c.Context, s, c.String("arm"), options(c, w.notice))
	w.close()
	if r == nil {
		return err
	}
	return printRun(c, r, folder, err)
}

// chosen is the scenario named on the command line, with the settings given there.
func chosen(c *cli.Context) (*scenarios.Scenario, error) {
	name, err := onlyArgument(c, "scenario", "replication/primary-kill")
	if err != nil {
		return nil, err
	}
	set, err := settings(c)
	if err != nil {
		return nil, err
	}
	s, err := scenarios.Load(name)
	if err != nil {
		return nil, err
	}
	return withSettings(s, set)
}

// withSettings applies settings from the command line to a scenario.
func withSettings(s *scenarios.Scenario, set map[string]any) (*scenarios.Scenario, error) {
	with, err := s.With(set)
	var inFile *scenarios.Mistakes
	if err != nil && !errors.As(err, &inFile) {
		return nil, usagef("--set: %w", err)
	}
	return with, err
}

// ready returns an error if runs cannot be saved, or if this machine cannot run the
// systems of these arms. It is called before anything else is done.
func ready(c *cli.Context, s *scenarios.Scenario, arms ...string) error {
	need, err := memoryNeeded(s, arms...)
	if err != nil {
		return usage{err}
	}
	if err := results.Keepable(c.String("results")); err != nil {
		return fmt.Errorf("%w: choose another folder with --results", err)
	}
	return topologies.Fits(c.Context, need)
}

// memoryNeeded is the memory in MiB that the largest of these arms needs; they run
// one after the other.
func memoryNeeded(s *scenarios.Scenario, arms ...string) (mib int, err error) {
	for _, arm := range arms {
		t, err := s.Design(arm)
		if err != nil {
			return 0, err
		}
		mib = max(mib, topologies.NeedsMiB(t))
	}
	return mib, nil
}

// printRun prints a judged run on standard output, and returns how it ended; err is
// what went wrong during the run.
func printRun(c *cli.Context, r *results.Run, folder string, err error) error {
	wantJSON, bad := asJSON(c)
	if bad != nil {
		return bad
	}
	if wantJSON {
		bad = results.JSON(c.App.Writer, r, folder)
	} else {
		results.Report(c.App.Writer, r, results.Style{Color: colored(c.App.Writer), Width: width(c.App.Writer), Folder: folder})
	}
	if bad != nil {
		return errors.Join(err, bad)
	}
	return played{r.ExitCode(), errors.Join(err, failedSelfCheck(r.SelfCheckFailed()))}
}

// failedSelfCheck is the error of a failed self-check, for which a run ends with
// exit code 4; nil if there is none.
func failedSelfCheck(why string) error {
	if why == "" {
		return nil
	}
	return fmt.Errorf("the self-check failed, so no verdict of this run can be trusted: %s; repair the checker, or report it with the run's folder", why)
}
