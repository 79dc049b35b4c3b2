// Command site is the reference site of Holdfast, together with a port scanner and
// a packet delayer for its containers, in one static program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: site web                          serve users (configured by HOLDFAST_* variables)
       site probe [options] host...      try to connect to the ports of hosts
       site delay --queue N --by 50ms    delay the packets of a netfilter queue
`

// errUsage is wrapped by errors in the command line.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "site: %v\n%s", err, usage)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "site: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", errUsage)
	}
	switch args[0] {
	case "web":
		return runWeb(ctx, args[1:], log)
	case "probe":
		return runProbe(ctx, args[1:], out)
	case "delay":
		return runDelay(ctx, args[1:], out)
	}
	return fmt.Errorf("%w: unknown command %q", errUsage, args[0])
}
