//go:build !linux

package delay

import (
	"context"
	"errors"
	"time"
)

// Run returns an error: it needs Linux's netfilter.
func Run(context.Context, uint16, time.Duration, func()) error {
	return errors.New("delay packets: only Linux can")
}
