// Command holdfast runs architectures with real components, puts them under load,
// injects faults, and reports for each claim whether it held, broke or is unproven.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

func main() {
	topologies.WatchdogMain() // does not return if this process is the watchdog of a run
	scenarios.ServerMain()    // ... or the server that a calibration attacks
	log := newConsole(os.Stderr)
	ctx, stop := untilSignal(context.Background(), log)
	defer stop()
	os.Exit(holdfast(ctx, os.Args, os.Stdout, log))
}

// The exit codes that other programs rely on.
const (
	exitUsage       = 2 // of the command line, or an invalid scenario
	exitUnproven    = 3
	exitEnvironment = 4 // no Docker, an image that did not build, a fault that could not be undone, a failed self-check
)

// verdict is the exit code of a run without errors whose claims did not all come
// out as expected. It is a result and not an error, so nothing is printed for it.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit %d", int(v)) }

// played is the end of a run that printed a result. Its exit code is the one that
// was printed, independent of later events; err is what went wrong.
type played struct {
	code int
	err  error
}

func (p played) Error() string { return fmt.Sprintf("exit %d: %v", p.code, p.err) }

// usage is a mistake on the command line.
type usage struct{ error }

func usagef(format string, a ...any) error { return usage{fmt.Errorf(format, a...)} }

// holdfast is the whole program as a function: it writes to out and log, and
// returns the exit code.
func holdfast(ctx context.Context, args []string, out, log io.Writer) int {
	result := &output{to: out}
	app := newApp(result, log)
	if len(args) > 0 {
		args = append(args[:1:1], flagsFirst(app, args[1:])...)
	}
	err := app.RunContext(ctx, args)
	if result.err != nil && context.Cause(ctx) == nil {
		fmt.Fprintf(log, "holdfast: %s\n", plain(result.err))
		return exitEnvironment
	}
	return exitCode(ctx, err, log)
}

// The help text fits the terminal, too.
func init() {
	cli.HelpPrinter = func(w io.Writer, text string, data any) {
		cli.HelpPrinterCustom(w, text, data, map[string]any{"wrapAt": func() int { return cmp.Or(width(w), endless) }})
	}
}

func newApp(out, log io.Writer) *cli.App {
	app := &cli.App{
		Name:                   "holdfast",
		Usage:                  "load an architecture, break it on purpose, and say which of its promises held",
		Version:                version(),
		HideVersion:            true,
		Flags:                  []cli.Flag{&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version, the commit and the platform"}},
		Writer:                 out,
		ErrWriter:              log,
		EnableBashCompletion:   true,
		UseShortOptionHandling: true,
		ExitErrHandler:         func(*cli.Context, error) {},
		Action:                 noCommand,
		OnUsageError: func(c *cli.Context, err error, _ bool) error {
			return usagef("%s: see holdfast help", inFlags(err, c.App.Flags))
		},
		Commands: []*cli.Command{
			listCommand(), showCommand(), runCommand(), proveCommand(), judgeCommand(), upCommand(),
			doctorCommand(), cleanCommand(), schemaCommand(), versionCommand(), completionCommand(),
		},
	}
	for _, c := range app.Commands { // the library reads this from each command, not from the app
		c.OnUsageError = func(c *cli.Context, err error, _ bool) error {
			return usagef("%s: %s: see holdfast help %s", c.Command.Name, inFlags(err, c.Command.Flags), c.Command.Name)
		}
	}
	return app
}

// noCommand handles a missing or unknown command.
func noCommand(c *cli.Context) error {
	if c.Bool("version") {
		return printVersion(c, false)
	}
	if c.Args().Len() == 0 {
		return cli.ShowAppHelp(c)
	}
	name := c.Args().First()
	return usagef("no command %q%s: see holdfast help", name, nearestCommand(c.App, name))
}

// nearestCommand suggests a command with a similar spelling.
func nearestCommand(app *cli.App, name string) string {
	var names []string
	for _, c := range app.VisibleCommands() {
		names = append(names, c.Names()...)
	}
	if near := scenarios.Nearest(name, names); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

// exitCode returns the exit code for err, and prints err if it is an error.
func exitCode(ctx context.Context, err error, log io.Writer) int {
	var p played
	if !errors.As(err, &p) {
		return reportError(ctx, err, log)
	}
	if p.err != nil {
		reportError(ctx, p.err, log)
	}
	return p.code
}

// reportError prints an error and returns its exit code.
func reportError(ctx context.Context, err error, log io.Writer) int {
	var v verdict
	var mistakes *scenarios.Mistakes
	var bad usage
	var sig signalled
	failed := errors.Is(err, topologies.ErrEnvironment)
	switch {
	case errors.As(context.Cause(ctx), &sig):
		if failed {
			fmt.Fprintf(log, "holdfast: %s\nholdfast: not everything could be undone; the run's watchdog continues the cleanup: see holdfast doctor\n", plain(err))
		} else {
			fmt.Fprintln(log, results.Indented(fmt.Sprintf("holdfast: ended by %v; all faults are undone and everything that was created is removed", sig), 0, width(log)))
		}
		return 128 + sig.SignalNumber()
	case err == nil:
		return 0
	case failed:
		fmt.Fprintf(log, "holdfast: %s\n", plain(err))
		return exitEnvironment
	case errors.As(err, &v):
		return int(v)
	case errors.Is(err, scenarios.ErrTooNoisy):
		fmt.Fprintf(log, "holdfast: %s\n", plain(err))
		return exitUnproven
	case errors.As(err, &mistakes): // each line begins with its position, as in compiler errors
		if len(mistakes.All) == 1 && mistakes.All[0].Line == 0 {
			fmt.Fprint(log, "holdfast: ") // there is no position
		}
		fmt.Fprintln(log, plain(err))
		return exitUsage
	case strings.HasPrefix(err.Error(), "No help topic"):
		fmt.Fprintf(log, "holdfast: %s: see holdfast help\n", strings.ToLower(plain(err)[:1])+plain(err)[1:])
		return exitUsage
	case errors.As(err, &bad):
		fmt.Fprintf(log, "holdfast: %s\n", plain(err))
		return exitUsage
	}
	fmt.Fprintf(log, "holdfast: %s\n", plain(err))
	return exitEnvironment
}

// signalled is the signal that ended the program.
type signalled struct{ os.Signal }

func (s signalled) Error() string { return s.String() }

// SignalNumber is the number of the signal; see [scenarios.Signalled].
func (s signalled) SignalNumber() int { return int(s.Signal.(syscall.Signal)) }

// untilSignal cancels the context at the first SIGINT or SIGTERM, so that faults
// are undone and everything that was created is removed. At the second it exits at
// once and leaves that to the run's watchdog.
func untilSignal(parent context.Context, log io.Writer) (context.Context, func()) {
	// With SIGPIPE handled, a closed reader causes a write error instead of ending
	// the process during a fault. An ignored signal would be inherited by every child.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(parent)
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-c
		if terminal(log) {
			fmt.Fprint(log, "\r\x1b[K") // erases the ^C that the terminal has echoed
		}
		fmt.Fprintln(log, results.Indented(fmt.Sprintf("holdfast: %v: undoing faults and removing containers (press again to leave that to the watchdog)", s), 0, width(log)))
		cancel(signalled{s})
		s = <-c
		os.Exit(128 + int(s.(syscall.Signal)))
	}()
	return ctx, func() { signal.Stop(c); cancel(nil) }
}
