package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

// version is the module's version as it was built: "v0.3.0", or "(devel)" in a checkout.
func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(unknown)"
}

// commit is the revision that the binary was built from, "" if unknown; with
// "+dirty" if the checkout had changes.
func commit() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var rev, dirty string
	for _, s := range b.Settings {
		switch {
		case s.Key == "vcs.revision":
			rev = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if rev == "" {
		return ""
	}
	return rev + dirty
}

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version, the commit and the platform",
		Flags: []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			wantJSON, err := asJSON(c)
			if err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			return printVersion(c, wantJSON)
		},
	}
}

func printVersion(c *cli.Context, wantJSON bool) error {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if wantJSON {
		return json.NewEncoder(c.App.Writer).Encode(map[string]string{
			"version": version(), "commit": commit(), "go": runtime.Version(), "platform": platform})
	}
	_, err := fmt.Fprintln(c.App.Writer, strings.Join(strings.Fields(fmt.Sprint("holdfast ", version(), " ", commit(), " ", runtime.Version(), " ", platform)), " "))
	return err
}
