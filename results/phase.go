package results

import (
	"cmp"
	"slices"
	"time"
)

// Span is a part of a run, from From up to but not including To, since Began.
type Span struct{ From, To time.Duration }

// Phase returns the phase of an instant: "baseline" before the first fault was
// requested; "faulted" from the request of a fault until it was seen to have ended;
// "healed" after a fault, outside the windows of all faults. A run without faults
// is all baseline.
func (r *Run) Phase(at time.Duration) string {
	phase := "baseline"
	for i := range r.Faults {
		f := &r.Faults[i]
		switch {
		case at < f.Asked:
		case f.Ended == 0 || at < f.Ended:
			return "faulted"
		default:
			phase = "healed"
		}
	}
	return phase
}

// Spans returns the parts of the run in a phase, in order; "all" and "" mean the
// whole run. Faults that overlap, or follow each other without a gap, share one
// window. A fault that was not seen to end lasts until the end of the run.
func (r *Run) Spans(phase string) []Span {
	end := r.end()
	faulted := r.faulted(end)
	switch {
	case phase == "faulted":
		return faulted
	case phase == "" || phase == "all":
		return []Span{{0, end}}
	case len(faulted) == 0 && phase == "baseline":
		return []Span{{0, end}}
	case len(faulted) == 0:
		return nil
	case phase == "baseline":
		return []Span{{0, faulted[0].From}}
	}
	var healed []Span
	for i, f := range faulted {
		to := end
		if i+1 < len(faulted) {
			to = faulted[i+1].From
		}
		if f.To < to {
			healed = append(healed, Span{f.To, to})
		}
	}
	return healed
}

// faulted returns the windows of the faults.
func (r *Run) faulted(end time.Duration) []Span {
	faults := slices.SortedFunc(slices.Values(r.Faults), func(a, b Fault) int { return cmp.Compare(a.Asked, b.Asked) })
	var all []Span
	for _, f := range faults {
		to := f.Ended
		if to == 0 {
			to = max(end, f.Asked)
		}
		if last := len(all) - 1; last >= 0 && f.Asked <= all[last].To {
			all[last].To = max(all[last].To, to)
		} else {
			all = append(all, Span{f.Asked, to})
		}
	}
	return all
}

// end is the planned end of the attack, or just after the last scheduled send
// time, if that is later.
func (r *Run) end() time.Duration {
	end := r.Load.For
	for i := range r.Requests {
		end = max(end, r.Requests[i].Intended+1)
	}
	return end
}
