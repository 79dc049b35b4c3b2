package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// over records the end of a fault that ended by itself. Nothing is left to
// undo.
func (b *stepRunner) over(inj chaos.Injection, i intent, change func(func(*results.Fault))) error {
	who := strings.Join(i.Whom, ", ")
	var began, ended time.Duration
	change(func(f *results.Fault) {
		began = b.since(inj.Over.Began, f.Effect)
		ended = b.since(inj.Over.Ended, began)
		f.Healing, f.Ended, f.EndWitness = began, ended, inj.Over.Witness
	})
	b.eventAt(began, results.FaultHealing, who, i.Undo)
	b.eventAt(ended, results.FaultEnded, who, inj.Over.Witness)
	i.State, i.Text = "ended", inj.Over.Witness
	return b.intents.write(i)
}

// heal undoes a fault. Its context is not cancelled by Ctrl-C. A failed undo is
// retried until healLimit.
func (b *stepRunner) heal(ctx context.Context, inj chaos.Injection, i intent, change func(func(*results.Fault))) {
	who := strings.Join(i.Whom, ", ")
	change(func(f *results.Fault) { f.Healing = b.now() })
	b.event(results.FaultHealing, who, i.Undo)
	b.lasted(ctx, inj, who, change)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(b.undoFor, healLimit))
	defer cancel()
	seen, err := b.tryUndo(ctx, inj.Heal, who)
	i.State, i.Text = "ended", seen
	if err != nil {
		err = fmt.Errorf("undo %s of %s: %w: %w", i.What, who, topologies.ErrEnvironment, err)
		change(func(f *results.Fault) { f.Err = strings.TrimPrefix(f.Err+"; "+err.Error(), "; ") })
		b.event(results.FaultFailed, who, err.Error())
		i.State, i.Text = "failed", err.Error()
	} else {
		change(func(f *results.Fault) { f.Ended, f.EndWitness = b.now(), seen })
		b.event(results.FaultEnded, who, seen)
	}
	if err = errors.Join(err, b.intents.write(i)); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.undo = append(b.undo, err)
	}
}

// tryUndo retries an undo until it succeeds or the time is over, and records
// that more than one try was needed.
func (b *stepRunner) tryUndo(ctx context.Context, heal chaos.Heal, who string) (seen string, err error) {
	var first, last error
	tries, err := topologies.Retry(ctx, func(ctx context.Context) (err error) {
		if first == nil && last != nil {
			first = last
			b.event(results.FaultHealing, who, "the undo failed and is retried: "+first.Error())
		}
		seen, last = mend(ctx, heal)
		return last
	})
	if err == nil && tries > 1 {
		seen += fmt.Sprintf(" (after %d tries, the first error: %v)", tries, first)
	}
	return seen, err
}

func mend(ctx context.Context, heal chaos.Heal) (seen string, err error) {
	if heal == nil {
		return "", nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = topologies.Permanent(fmt.Errorf("it panicked: %v", r))
		}
	}()
	return heal(ctx)
}
