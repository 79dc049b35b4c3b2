package results

import (
	"errors"
	"fmt"
	"time"
)

// sane returns an error if values of a run.json are impossible or above a limit.
// It checks what claims and reports rely on.
func (r *Run) sane() error {
	for _, n := range []struct {
		what string
		is   int
	}{
		{"faults", len(r.Faults)}, {"verdicts", len(r.Verdicts)}, {"checks", len(r.Trust)},
		{"probes", len(r.Reaches)}, {"digests", len(r.Files)},
	} {
		if n.is > maxSteps {
			return fmt.Errorf("%d %s; at most %d are read", n.is, n.what, maxSteps)
		}
	}
	if r.Load.Planned > MaxRequests {
		return fmt.Errorf("%d requests planned; at most %d are read", r.Load.Planned, MaxRequests)
	}
	if r.Load.MaxInFlight < 0 {
		return fmt.Errorf("%d requests in flight", r.Load.MaxInFlight)
	}
	errs := []error{inTime("the attack's length", r.Load.For), inTime("the timeout", r.Load.Timeout)}
	for _, e := range r.Timeline {
		errs = append(errs, inTime(string(e.Kind), e.At))
	}
	for _, s := range r.Roles {
		errs = append(errs, inTime("a role", s.At))
	}
	for _, c := range r.Changes {
		errs = append(errs, inTime("a change", c.At))
	}
	for _, c := range r.Changes {
		errs = append(errs, inTime(c.What, c.At))
	}
	for _, p := range r.Reaches {
		errs = append(errs, inTime("a probe", p.At))
	}
	for _, f := range r.Faults {
		errs = append(errs, f.sane())
	}
	return errors.Join(errs...)
}

// sane returns an error if the times of a fault are impossible.
func (f Fault) sane() error {
	for _, at := range []time.Duration{f.Asked, f.Effect, f.Healing, f.Ended} {
		if err := inTime(f.Name, at); err != nil {
			return err
		}
	}
	if f.Effect > 0 && f.Effect < f.Asked {
		return fmt.Errorf("%s took effect at %v, before it was requested at %v", f.Name, f.Effect, f.Asked)
	}
	if f.Ended > 0 && f.Ended < f.Asked {
		return fmt.Errorf("%s ended at %v, before it was requested at %v", f.Name, f.Ended, f.Asked)
	}
	return nil
}

// inTime returns an error if an instant is outside the time that a run may take.
func inTime(what string, at time.Duration) error {
	if at < 0 || at > maxTime {
		return fmt.Errorf("%s at %v: a run begins at 0s and takes at most %v", what, at, maxTime)
	}
	return nil
}
