package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/holdfast-lab/holdfast/cmd/site/internal/probe"
)

// runProbe is `site probe`: it prints one JSON object for each host. If hosts or
// ports could not be tried, it returns an error after printing.
func runProbe(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("site probe", flag.ContinueOnError)
	from := flags.Int("from-port", 1, "first port")
	to := flags.Int("to-port", 65535, "last port")
	list := flags.String("ports", "", "these ports only, such as 80,8080,9000-9010")
	timeout := flags.Duration("timeout", 300*time.Millisecond, "how long to wait for each connection")
	parallel := flags.Int("parallel", 512, "how many connections to try at once")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() == 0 || *timeout <= 0 || *parallel < 1 {
		return fmt.Errorf("%w: want hosts, a timeout above 0, and at least 1 connection at once", errUsage)
	}
	ports, err := probe.Range(*from, *to)
	if *list != "" {
		ports, err = probe.Ports(*list)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	var failed error
	for _, host := range flags.Args() {
		r := probe.Host(ctx, (&net.Dialer{}).DialContext, host, ports, *timeout, *parallel)
		if err := json.NewEncoder(out).Encode(r); err != nil {
			return fmt.Errorf("print the report of %s: %w", host, err)
		}
		if r.Error != "" {
			failed = errors.Join(failed, fmt.Errorf("probe %s: %s", host, r.Error))
		}
	}
	return failed
}

// parse parses options; its errors wrap errUsage.
func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w: %w", errUsage, err)
}
