package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/holdfast-lab/holdfast/cmd/site/internal/delay"
)

// runDelay is `site delay`: it delays the packets of a netfilter queue until
// ctx is done, and prints "ready" when it has begun.
func runDelay(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("site delay", flag.ContinueOnError)
	queue := flags.Uint("queue", 0, "number of the netfilter queue")
	by := flags.Duration("by", 50*time.Millisecond, "how long to hold each packet back")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *queue > math.MaxUint16 || *by < 0 {
		return fmt.Errorf("%w: want a queue up to %d and a time of 0 or more", errUsage, math.MaxUint16)
	}
	return delay.Run(ctx, uint16(*queue), *by, func() { fmt.Fprintln(out, "ready") })
}
