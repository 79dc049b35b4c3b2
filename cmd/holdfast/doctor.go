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

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check whether this machine can run every topology, and say what to do if not",
		Description: "With --calibrate it measures, in about two minutes, how much two runs of the same system differ here, how late the\n" +
			"generator's timer fires and the highest rate it can send on schedule. The result is kept for 30 days in holdfast/calibration.json\n" +
			"in the user's cache folder, or in the file that HOLDFAST_CALIBRATION names. Every run reads it.",
		Flags:  []cli.Flag{outputFlag(), &cli.BoolFlag{Name: "calibrate", Usage: "measure this machine's noise floor, timer error and highest sustainable rate (about 2 min)"}},
		Action: doctor,
	}
}

func doctor(c *cli.Context) error {
	wantJSON, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := noArguments(c); err != nil {
		return err
	}
	if c.Bool("calibrate") {
		return calibrate(c, wantJSON)
	}
	findings := append(topologies.Doctor(c.Context, largestMemoryNeed()), calibrated())
	if wantJSON {
		err = json.NewEncoder(c.App.Writer).Encode(findings)
	} else {
		for _, f := range findings {
			fmt.Fprintln(c.App.Writer, results.Indented(finding(f), 2, width(c.App.Writer)))
		}
	}
	if err != nil {
		return err
	}
	for _, f := range findings {
		if !f.OK {
			return verdict(exitEnvironment)
		}
	}
	return nil
}

// calibrated reports the calibration of this machine. A missing calibration is not
// a failure.
func calibrated() topologies.Finding {
	e := scenarios.Here()
	file, err := results.CalibrationFile()
	if err == nil {
		e.Calibrate(file, time.Now())
	}
	text := "none: run holdfast doctor --calibrate"
	switch {
	case e.Calibration != nil:
		text = e.Calibration.String()
	case e.CalibrationNote != "":
		text = e.CalibrationNote + ": run holdfast doctor --calibrate again"
	}
	return topologies.Finding{Name: "calibration", OK: true, Note: e.Calibration == nil, Text: text}
}

// largestMemoryNeed is the memory in MiB that the largest topology needs with default settings.
func largestMemoryNeed() int {
	most := 0
	for _, b := range topologies.Blueprints() {
		if t, err := b.Design(nil); err == nil {
			most = max(most, topologies.NeedsMiB(t))
		}
	}
	return most
}

func finding(f topologies.Finding) string {
	f.Name, f.Text, f.Fix = results.Printable(f.Name), results.Printable(f.Text), results.Printable(f.Fix)
	if f.OK {
		mark := "✓"
		if f.Note {
			mark = "–"
		}
		return fmt.Sprintf("%s %-14s  %s", mark, f.Name, f.Text)
	}
	return fmt.Sprintf("✗ %-14s  %s\n    to do: %s", f.Name, f.Text, f.Fix)
}
