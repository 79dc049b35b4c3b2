package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/scenarios"
)

// Error messages of the library about flags.
var (
	noFlag    = regexp.MustCompile(`^flag provided but not defined: -+(.*)$`)
	badNumber = regexp.MustCompile(`^invalid value (".*") for flag -(.*): (parse error|value out of range)$`)
)

// inFlags rewrites an error about a flag with the flag as it was typed, and
// suggests the flag that was probably meant.
func inFlags(err error, flags []cli.Flag) string {
	if m := badNumber.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Sprintf("--%s %s: write a whole number", m[2], m[1])
	}
	m := noFlag.FindStringSubmatch(err.Error())
	if m == nil {
		return err.Error()
	}
	names := []string{"help"}
	for _, f := range flags {
		names = append(names, f.Names()...)
	}
	text := "no flag --" + m[1]
	if near := scenarios.Nearest(m[1], names); near != "" {
		text += ": did you mean --" + near + "?"
	}
	return text
}

// flagsFirst moves flags that follow an argument before it. The library stops
// parsing flags at the first argument, and would silently ignore
// `run a --seed 9`. Everything after "--" is unchanged.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 || args[len(args)-1] == "--generate-bash-completion" { // a completion request of the shell: leave it as it was typed
		return args
	}
	cmd := app.Command(args[0])
	if cmd == nil {
		return args
	}
	var flags, rest []string
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		if !strings.HasPrefix(a, "-") || a == "-" {
			rest = append(rest, a)
			continue
		}
		flags = append(flags, a)
		if takesValue(cmd, a) && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return append(append([]string{args[0]}, flags...), rest...)
}

// takesValue reports whether the flag's value is the next word.
func takesValue(cmd *cli.Command, flag string) bool {
	if strings.Contains(flag, "=") {
		return false
	}
	name := strings.TrimLeft(flag, "-")
	for _, f := range cmd.Flags {
		for _, n := range f.Names() {
			if n == name {
				_, boolean := f.(*cli.BoolFlag)
				return !boolean
			}
		}
	}
	return false
}
