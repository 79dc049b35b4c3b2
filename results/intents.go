package results

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// IntentsFile records which faults a run was about to inject and how to undo
// them. It is synced to disk before each fault.
const IntentsFile = "intents.ndjson"

// Intent is one line of it.
type Intent struct {
	At    time.Time `json:"at"`
	Step  int       `json:"step"`
	State string    `json:"state"` // "asked", "in effect", "ended", "failed"
	What  string    `json:"what"`
	Whom  []string  `json:"whom"`
	Peers []string  `json:"peers,omitempty"`
	Undo  string    `json:"undo"`
	Text  string    `json:"text,omitempty"` // the witness, or the error
}

// The states of an intent that a reader distinguishes.
const (
	intentInEffect = "in effect"
	intentEnded    = "ended"
	intentFailed   = "failed"
)

// readIntents adds to the record of a killed run what is in its intents but not
// in its timeline, which may be half a second behind. It sets at to the latest
// instant on record.
func (r *Run) readIntents(folder string, at *time.Duration) error {
	err := openLines(filepath.Join(folder, IntentsFile), maxIntentBytes, func(line []byte) error {
		var i Intent
		if err := decode(line, &i); err != nil {
			return err
		}
		when := max(i.At.Sub(r.Began), 1)
		if err := inTime(i.What, when); err != nil {
			return err
		}
		*at = max(*at, when)
		return r.applyIntent(i, when)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// applyIntent updates the fault of an intent to the state of the intent.
func (r *Run) applyIntent(i Intent, when time.Duration) error {
	var f *Fault
	for n := range r.Faults {
		if r.Faults[n].Step == i.Step {
			f = &r.Faults[n]
		}
	}
	if f == nil {
		if len(r.Faults) >= maxSteps {
			return fmt.Errorf("a run has at most %d faults", maxSteps)
		}
		r.Faults = append(r.Faults, Fault{Step: i.Step, Name: i.What, Targets: i.Whom, Peers: i.Peers, Asked: when})
		f = &r.Faults[len(r.Faults)-1]
	}
	switch {
	case i.State == intentInEffect && f.Effect == 0:
		f.Effect, f.Witness = max(when, f.Asked), i.Text
	case i.State == intentEnded && f.Ended == 0:
		f.Ended, f.EndWitness = max(when, f.Asked), i.Text
	case i.State == intentFailed && f.Err == "":
		f.Err = i.Text
	}
	return nil
}

// killed describes the record of a run that was killed at that instant or
// shortly after.
func (r *Run) killed(at time.Duration) string {
	for i := range r.Requests {
		at = max(at, r.Requests[i].Done)
	}
	text := fmt.Sprintf("the run was killed at T+%.0f s or shortly after, with %s of %s requests on record",
		at.Seconds(), grouped(int64(len(r.Requests))), grouped(int64(r.Load.Planned)))
	for _, f := range r.Faults {
		name := strings.TrimSpace(f.Name + " " + strings.Join(f.Targets, ", "))
		switch {
		case f.Ended > 0:
			text += "; " + name + " had ended"
		case f.InEffect():
			text += "; " + name + " was in effect"
		default:
			text += "; " + name + " was requested"
		}
	}
	return text
}
