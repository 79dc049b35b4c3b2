package scenarios

import (
	"context"
	"errors"

	"github.com/holdfast-lab/holdfast/chaos"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// lasted checks, just before the undo of a fault, that it is still in effect.
// If the daemon is unavailable, it asks again, because that says nothing about
// the fault.
func (b *stepRunner) lasted(ctx context.Context, inj chaos.Injection, who string, change func(func(*results.Fault))) {
	if inj.Lasted == nil || inj.Witness == "" || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var seen string
	var now []chaos.Meter
	_, err := topologies.Retry(ctx, func(ctx context.Context) (err error) {
		if seen, now, err = inj.Lasted(ctx); err != nil && !errors.Is(err, topologies.ErrEnvironment) {
			err = topologies.Permanent(err)
		}
		return err
	})
	if err == nil {
		change(func(f *results.Fault) {
			f.Lasted = seen
			for n := range min(len(now), len(f.Meters)) {
				f.Meters[n].Undo, f.Meters[n].Down = now[n].Count, now[n].Down
			}
		})
		return
	}
	told := false // whether the end is already recorded, at its own time
	change(func(f *results.Fault) {
		f.Early = err.Error()
		_, told = (&results.Run{Changes: b.told}).EndedEarly(*f)
	})
	if !told {
		b.event(results.FaultOver, who, err.Error())
	}
}

// meters converts the counters of a fault for the record.
func meters(all []chaos.Meter) (out []results.Meter) {
	for _, m := range all {
		out = append(out, results.Meter{Node: m.Node, Peer: m.Peer, Counts: m.Counts, Effect: m.Count})
	}
	return out
}
