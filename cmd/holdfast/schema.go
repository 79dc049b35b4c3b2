package main

import (
	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/scenarios"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "print the JSON Schema of scenario files, for editors",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			b, err := scenarios.Schema()
			if err != nil {
				return err
			}
			_, err = c.App.Writer.Write(append(b, '\n'))
			return err
		},
	}
}
