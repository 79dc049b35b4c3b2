package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

func cleanCommand() *cli.Command {
	return &cli.Command{
		Name: "clean", Usage: "remove the containers, networks and volumes that dead runs left; living runs are left alone",
		Action: func(c *cli.Context) error {
			if err := none(c); err != nil {
				return err
			}
			swept, err := topologies.Sweep(c.Context)
			if n := len(swept.Containers) + len(swept.Networks) + len(swept.Volumes); err == nil || n > 0 {
				fmt.Fprintf(c.App.Writer, "removed %d containers, %d networks, %d volumes of dead runs\n",
					len(swept.Containers), len(swept.Networks), len(swept.Volumes))
			}
			for _, name := range swept.Stuck {
				fmt.Fprintf(c.App.Writer, "left: network %s, on which nothing is and which Docker counts as used; it goes when Docker is restarted\n", results.Printable(name))
			}
			return err
		},
	}
}
