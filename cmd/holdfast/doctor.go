package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/topologies"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "say whether this machine can run every topology, and what to do where not",
		Flags:  []cli.Flag{outputFlag()},
		Action: doctor,
	}
}

func doctor(c *cli.Context) error {
	wantJSON, err := asJSON(c)
	if err != nil {
		return err
	}
	if err := none(c); err != nil {
		return err
	}
	findings := topologies.Doctor(c.Context, hungriest())
	if wantJSON {
		err = json.NewEncoder(c.App.Writer).Encode(findings)
	} else {
		for _, f := range findings {
			fmt.Fprintln(c.App.Writer, finding(f))
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

// hungriest is the memory in MiB that the largest topology needs as it is designed by default.
func hungriest() int {
	most := 0
	for _, b := range topologies.Blueprints() {
		if t, err := b.Design(nil); err == nil {
			most = max(most, topologies.NeedsMiB(t))
		}
	}
	return most
}

func finding(f topologies.Finding) string {
	if f.OK {
		return fmt.Sprintf("  ✓ %-14s %s", f.Name, f.Text)
	}
	return fmt.Sprintf("  ✗ %-14s %s\n      to do: %s", f.Name, f.Text, f.Fix)
}
