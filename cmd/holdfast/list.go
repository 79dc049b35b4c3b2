package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
)

func listCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the built-in scenarios",
		Flags: []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			wantJSON, err := asJSON(c)
			if err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			all, err := scenarios.List()
			if err != nil {
				return err
			}
			if wantJSON {
				return json.NewEncoder(c.App.Writer).Encode(map[string]any{"scenarios": listed(all)})
			}
			for _, s := range all {
				fmt.Fprintln(c.App.Writer, results.Indented(fmt.Sprintf("%-32s %s", s.Name, s.Story), 0, width(c.App.Writer)))
			}
			return nil
		},
	}
}

// row is one scenario in JSON output.
type row struct {
	Name     string   `json:"name"`
	Story    string   `json:"story"`
	Topology string   `json:"topology"`
	Arms     []string `json:"arms"`
}

func listed(all []scenarios.Scenario) []row {
	rows := make([]row, 0, len(all))
	for i := range all {
		s := &all[i]
		rows = append(rows, row{s.Name, s.Story, s.Topology.Name, s.Arms()})
	}
	return rows
}
