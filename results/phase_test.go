package results

import (
	"slices"
	"testing"
	"time"
)

const sec = time.Second

// TestPhaseOfTwoOutages: the calm between two outages is no part of either.
func TestPhaseOfTwoOutages(t *testing.T) {
	r := &Run{Load: Load{For: 120 * sec}, Faults: []Fault{{Asked: 10 * sec, Ended: 12 * sec}, {Asked: 100 * sec, Ended: 102 * sec}}}
	for at, want := range map[time.Duration]string{
		0: "baseline", 10*sec - 1: "baseline", 10 * sec: "faulted", 12*sec - 1: "faulted", 12 * sec: "healed",
		50 * sec: "healed", 100 * sec: "faulted", 102 * sec: "healed", 119 * sec: "healed",
	} {
		if got := r.Phase(at); got != want {
			t.Errorf("at %v: %s, want %s", at, got, want)
		}
	}
}

// TestTwoOutagesInTheLatencyTables: 400 failures of 400 are not 400 of 18 400.
func TestTwoOutagesInTheLatencyTables(t *testing.T) {
	r := &Run{Load: Load{For: 120 * sec}, Faults: []Fault{{Asked: 10 * sec, Ended: 12 * sec}, {Asked: 100 * sec, Ended: 102 * sec}}}
	for at := time.Duration(0); at < 120*sec; at += 10 * time.Millisecond {
		q := Request{Seq: uint64(len(r.Requests)), Operation: "read", Intended: at, Sent: at, Done: at + time.Millisecond, Fate: Answered}
		if r.Phase(at) == "faulted" {
			q.Fate = Unanswered
		}
		r.Requests = append(r.Requests, q)
	}
	if got := r.count()[place{"read", "faulted"}]; got.Planned != 400 || got.failed() != 400 {
		t.Errorf("faulted: %+v", got)
	}
	if got := r.count()[place{"read", "healed"}]; got.Planned != 10_600 || got.failed() != 0 {
		t.Errorf("healed: %+v", got)
	}
}

// TestSpans cuts runs into their phases.
func TestSpans(t *testing.T) {
	fault := func(asked, ended time.Duration) Fault { return Fault{Asked: asked * sec, Ended: ended * sec} }
	span := func(from, to time.Duration) Span { return Span{from * sec, to * sec} }
	for _, c := range []struct {
		name                      string
		faults                    []Fault
		baseline, faulted, healed []Span
	}{
		{"none", nil, []Span{span(0, 120)}, nil, nil},
		{"one", []Fault{fault(10, 12)}, []Span{span(0, 10)}, []Span{span(10, 12)}, []Span{span(12, 120)}},
		{"two", []Fault{fault(10, 12), fault(100, 102)}, []Span{span(0, 10)}, []Span{span(10, 12), span(100, 102)}, []Span{span(12, 100), span(102, 120)}},
		{"two that overlap, the later one listed first", []Fault{fault(15, 30), fault(10, 20)}, []Span{span(0, 10)}, []Span{span(10, 30)}, []Span{span(30, 120)}},
		{"one within another", []Fault{fault(10, 30), fault(15, 20)}, []Span{span(0, 10)}, []Span{span(10, 30)}, []Span{span(30, 120)}},
		{"one after another without a gap", []Fault{fault(10, 20), fault(20, 30)}, []Span{span(0, 10)}, []Span{span(10, 30)}, []Span{span(30, 120)}},
		{"one that never ends", []Fault{fault(10, 12), fault(100, 0)}, []Span{span(0, 10)}, []Span{span(10, 12), span(100, 120)}, []Span{span(12, 100)}},
		{"one that ends after the attack", []Fault{fault(100, 130)}, []Span{span(0, 100)}, []Span{span(100, 130)}, nil},
	} {
		r := &Run{Load: Load{For: 120 * sec}, Faults: c.faults}
		for phase, want := range map[string][]Span{"baseline": c.baseline, "faulted": c.faulted, "healed": c.healed, "all": {span(0, 120)}, "": {span(0, 120)}} {
			got := r.Spans(phase)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, want %v", c.name, phase, got, want)
			}
			for _, s := range got {
				if phase != "" && phase != "all" && (r.Phase(s.From) != phase || r.Phase(s.To-1) != phase) {
					t.Errorf("%s: %v is %s to %s, want %s", c.name, s, r.Phase(s.From), r.Phase(s.To-1), phase)
				}
			}
		}
	}
}
