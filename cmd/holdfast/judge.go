package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/scenarios"
)

func judgeCommand() *cli.Command {
	return &cli.Command{
		Name: "judge", Usage: "judge a saved run again, from its folder alone",
		ArgsUsage: "FOLDER or its run.json",
		Flags:     []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			if _, err := asJSON(c); err != nil {
				return err
			}
			folder, err := onlyArgument(c, "folder of a run", "results/runs/latest")
			if err != nil {
				return err
			}
			if filepath.Base(folder) == "run.json" { // the folder is meant
				folder = filepath.Dir(folder)
			}
			run, err := scenarios.Rejudge(folder)
			if err != nil {
				return usage{err}
			}
			return printRun(c, run, folder, nil)
		},
	}
}
