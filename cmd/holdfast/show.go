package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "draw a topology or a scenario, as text or Mermaid",
		ArgsUsage: "TOPOLOGY or SCENARIO or FILE.yaml",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "mermaid", Usage: "draw as a Mermaid diagram"},
			setFlag(),
		},
		BashComplete: func(c *cli.Context) { completeTopologies(c); completeScenarios(c) },
		Action:       show,
	}
}

func show(c *cli.Context) error {
	name, err := one(c, "topology or scenario", "replication")
	if err != nil {
		return err
	}
	set, err := settings(c)
	if err != nil {
		return err
	}
	b, found := topologies.Find(name)
	if !found && len(set) > 0 {
		return usagef("show %s: --set is for topologies: a scenario says its settings itself", name)
	}
	if !found {
		return showScenario(c, name)
	}
	t, err := b.Design(set)
	if err != nil {
		return usage{err}
	}
	return draw(c, t)
}

// showScenario draws the topology of a scenario and says what is done to it.
func showScenario(c *cli.Context, name string) error {
	s, err := scenarios.Load(name)
	if err != nil {
		return err
	}
	t, err := s.Design("treatment")
	if err != nil {
		return err
	}
	if !c.Bool("mermaid") {
		fmt.Fprintf(c.App.Writer, "%s\n  %s\n%s\n", s.Name, s.Story, s.Describe())
	}
	return draw(c, t)
}

func draw(c *cli.Context, t topologies.Topology) error {
	text := t.Text()
	if c.Bool("mermaid") {
		text = t.Mermaid()
	}
	_, err := fmt.Fprintln(c.App.Writer, text)
	return err
}
