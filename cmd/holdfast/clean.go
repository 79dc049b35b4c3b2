package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

func cleanCommand() *cli.Command {
	return &cli.Command{
		Name: "clean", Usage: "remove the containers, networks and volumes that dead runs left; active runs are not touched",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			swept, err := topologies.Sweep(c.Context)
			if n := len(swept.Containers) + len(swept.Networks) + len(swept.Volumes); err == nil || n > 0 {
				fmt.Fprintf(c.App.Writer, "removed %d containers, %d networks, %d volumes of dead runs\n",
					len(swept.Containers), len(swept.Networks), len(swept.Volumes))
			}
			for _, name := range swept.Stuck {
				fmt.Fprintf(c.App.Writer, "left: network %s, which is empty but which Docker counts as in use; restart Docker to remove it\n", results.Printable(name))
			}
			return err
		},
	}
}
