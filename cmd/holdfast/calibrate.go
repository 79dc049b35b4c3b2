package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

// calibrate is doctor --calibrate: it measures this machine, and saves and prints
// the result.
func calibrate(c *cli.Context, wantJSON bool) error {
	file, err := results.CalibrationFile()
	if err != nil {
		return usagef("%v: set HOLDFAST_CALIBRATION to the name of a file", err)
	}
	if err := topologies.Fits(c.Context, scenarios.CalibrationNeedsMiB()); err != nil {
		return err
	}
	log := c.App.ErrWriter
	fmt.Fprintf(log, "calibrating this machine takes about %v, and about 2m more if images must be built\n", scenarios.CalibrationTakes)
	fmt.Fprintf(log, "do not use the machine meanwhile; Ctrl-C stops it and removes everything it created\n")
	began := time.Now()
	say := func(text string) {
		fmt.Fprintf(log, "  %4.0f s  %s\n", time.Since(began).Seconds(), results.Printable(text))
	}
	found, err := scenarios.Calibrate(c.Context, options(c, nil), say)
	if err != nil {
		return err
	}
	if err := results.SaveCalibration(file, found); err != nil {
		return fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	if wantJSON {
		return json.NewEncoder(c.App.Writer).Encode(struct {
			*results.Calibration
			File string `json:"file"`
		}{found, file})
	}
	found.Report(c.App.Writer, file)
	return nil
}
