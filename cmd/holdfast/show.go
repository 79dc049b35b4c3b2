package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "draw a topology, or explain a scenario: claims, steady state, steps, controls and its system",
		ArgsUsage: "TOPOLOGY, SCENARIO, FILE or -",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "mermaid", Usage: "draw the system as a Mermaid diagram"},
			&cli.BoolFlag{Name: "yaml", Usage: "print the file of the scenario, as a start for your own"},
			setFlag(),
		},
		BashComplete: func(c *cli.Context) { completeTopologies(c); completeScenarios(c) },
		Action:       show,
	}
}

func show(c *cli.Context) error {
	name, err := onlyArgument(c, "topology or scenario", "replication")
	if err != nil {
		return err
	}
	set, err := settings(c)
	if err != nil {
		return err
	}
	b, found := topologies.Find(name)
	switch {
	case found && c.Bool("yaml"):
		return usagef("show %s: a topology has no file: name a scenario, such as %s: see holdfast list", name, "replication/primary-kill")
	case c.Bool("yaml") && (len(set) > 0 || c.Bool("mermaid")):
		return usagef("show --yaml prints the file as it is: leave out --set and --mermaid")
	case !found:
		return showScenario(c, name, set)
	}
	t, err := b.Design(set)
	if err != nil {
		return usage{err}
	}
	return draw(c, t)
}

// showScenario explains a scenario and draws its topology, or prints its file.
func showScenario(c *cli.Context, name string, set map[string]any) error {
	s, err := scenarios.Load(name)
	if err != nil {
		return err
	}
	if s, err = withSettings(s, set); err != nil {
		return err
	}
	if c.Bool("yaml") {
		_, err := fmt.Fprint(c.App.Writer, s.Text())
		return err
	}
	t, err := s.Design(scenarios.Treatment)
	if err != nil {
		return err
	}
	if !c.Bool("mermaid") {
		fmt.Fprintf(c.App.Writer, "%s\n%s\n\n", results.Printable(s.Name), results.Indented(s.Story+"\n"+s.Explain(), 2, width(c.App.Writer)))
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
