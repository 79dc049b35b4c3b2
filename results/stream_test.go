package results

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// streamed is the folder of a run that was killed after three batches of ten
// requests, with a kill in effect.
func streamed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r := &Run{ID: "r1", Plan: json.RawMessage(`{}`), Why: "the run was cut short while the system was starting", Load: Load{Planned: 100, For: 10 * time.Second}}
	if err := SaveRun(dir, r); err != nil {
		t.Fatal(err)
	}
	s, err := OpenStream(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		b := Batch{At: time.Duration(n+1) * time.Second}
		switch n {
		case 0:
			b.Start = &Start{ID: "r1", Began: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
			b.Events = []Event{{At: 1, Kind: AttackBegan}}
		case 1:
			b.Roles = []RoleSample{{At: b.At, Node: "pg-1", Role: "primary"}}
			b.Faults = []Fault{{Name: "kill", Targets: []string{"pg-1"}, Asked: b.At}}
		case 2:
			b.Events = []Event{{At: b.At, Kind: FaultInEffect, Node: "pg-1"}}
			b.Faults = []Fault{{Name: "kill", Targets: []string{"pg-1"}, Asked: 2 * time.Second, Effect: b.At, Witness: "exited 137"}}
		}
		var qs []Request
		for i := 9; i >= 0; i-- { // in the order in which they ended
			at := time.Duration(n)*time.Second + time.Duration(i)*time.Millisecond
			qs = append(qs, Request{Seq: uint64(10*n + i), Operation: "read", Value: fmt.Sprint("r1-", i), Intended: at, Sent: at, Done: at + time.Millisecond, Fate: Answered})
		}
		if err := s.Write(b, qs); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAKilledRunKeepsItsEvidence(t *testing.T) {
	r, err := Open(streamed(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Requests) != 30 || r.Requests[29].Seq != 29 || r.Load.Planned != 100 || len(r.Timeline) != 2 || len(r.Roles) != 1 || len(r.Faults) != 1 {
		t.Errorf("%d requests of %d, %d events, %d roles, %d faults", len(r.Requests), r.Load.Planned, len(r.Timeline), len(r.Roles), len(r.Faults))
	}
	want := "the run was killed at T+3 s or shortly after, with 30 of 100 requests on record; kill pg-1 was in effect"
	if r.Finished || r.Why != want || r.Doubt != want {
		t.Errorf("finished %v, why %q, doubt %q", r.Finished, r.Why, r.Doubt)
	}
}

// TestAKilledRunMayEndAnywhere: the last frame and the last line may be torn at
// any byte; all before them is read.
func TestAKilledRunMayEndAnywhere(t *testing.T) {
	for _, name := range []string{historyFile, streamFile} {
		dir := streamed(t)
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		for n := len(whole); n > 0; n-- {
			if err := os.Truncate(path, int64(n)); err != nil {
				t.Fatal(err)
			}
			r, err := Open(dir)
			if err != nil {
				t.Fatalf("%s of %d bytes cut off at %d: %v", name, len(whole), n, err)
			}
			have := len(r.Requests)
			if name == streamFile {
				have = len(r.Timeline) + len(r.Roles)
			}
			if n == len(whole) {
				last = have
			}
			if have > last {
				t.Fatalf("%s cut off at %d has %d, and %d with one byte more", name, n, have, last)
			}
			last = have
		}
		if last != 0 {
			t.Errorf("one byte of %s holds %d", name, last)
		}
	}
}

// TestAKilledRunIsTornAtItsEndOnly: elsewhere it is spoilt, and refused.
func TestAKilledRunIsTornAtItsEndOnly(t *testing.T) {
	spoil := func(name string, change func([]byte) []byte) func(dir string) error {
		return func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, name), change(b), 0o644)
		}
	}
	for _, c := range []struct {
		name, want string
		spoil      func(dir string) error
	}{
		{"a byte of the first frame", historyFile, spoil(historyFile, func(b []byte) []byte { b[len(b)/6] ^= 0x55; return b })},
		{"the first frame twice", "appears twice", spoil(historyFile, func(b []byte) []byte { return append(b, b...) })},
		{"a line in the middle", "line 2", spoil(streamFile, func(b []byte) []byte { return []byte(strings.Replace(string(b), "\n{", "\n", 1)) })},
		{"of another run", `to run "r2"`, spoil(streamFile, func(b []byte) []byte { return []byte(strings.Replace(string(b), `"r1"`, `"r2"`, 1)) })},
		{"a second start", "in the first line and in no other", spoil(streamFile, func(b []byte) []byte { return append(b, b...) })},
		{"no start", "in the first line and in no other", spoil(streamFile, func(b []byte) []byte { return b[strings.Index(string(b), "\n")+1:] })},
		{"more requests than planned", "more than the 5 planned requests", spoil(runFile, func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"planned": 100`, `"planned": 5`, 1))
		})},
		{"a clock that goes back", "earlier than that of the previous line", spoil(streamFile, func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"at":3000000000,"e`, `"at":1,"e`, 1))
		})},
	} {
		dir := streamed(t)
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}

// TestIntentsOverrideTheTimeline: they are on the disk before a fault, and
// the timeline may be half a second behind.
func TestIntentsOverrideTheTimeline(t *testing.T) {
	dir := streamed(t)
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	lines := ""
	for _, i := range []Intent{
		{At: began.Add(2 * time.Second), State: "asked", What: "kill", Whom: []string{"pg-1"}},
		{At: began.Add(3 * time.Second), State: "in effect", What: "kill", Whom: []string{"pg-1"}, Text: "exited 137"},
		{At: began.Add(3400 * time.Millisecond), State: "ended", What: "kill", Whom: []string{"pg-1"}, Text: "started"},
		{At: began.Add(3500 * time.Millisecond), Step: 1, State: "asked", What: "pause", Whom: []string{"web-1", "web-2"}},
		{At: began.Add(3600 * time.Millisecond), Step: 1, State: "in effect", What: "pause", Whom: []string{"web-1", "web-2"}, Text: "paused"},
		{At: began.Add(3700 * time.Millisecond), Step: 2, State: "asked", What: "cut", Whom: []string{"pg-1"}},
	} {
		b, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		lines += string(b) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, IntentsFile), []byte(lines+`{"at":"2026-`), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"T+4 s", "kill pg-1 had ended", "pause web-1, web-2 was in effect", "cut pg-1 was requested"} {
		if !strings.Contains(r.Why, want) {
			t.Errorf("%q says nothing of %q", r.Why, want)
		}
	}
	if f := r.Faults[1]; len(r.Faults) != 3 || f.Effect != 3600*time.Millisecond || f.Witness != "paused" {
		t.Errorf("%+v", r.Faults)
	}
}

// TestSavingEndsTheStream: one history stays, and it is the saved one.
func TestSavingEndsTheStream(t *testing.T) {
	dir := streamed(t)
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.Finished, r.Why = true, ""
	if err := SaveRecord(dir, r); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, streamFile)); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", streamFile, err)
	}
	back, err := Open(dir)
	if err != nil || !back.Finished || back.Doubt != "" || len(back.Requests) != 30 {
		t.Errorf("%v, finished %v, doubt %q, %d requests", err, back.Finished, back.Doubt, len(back.Requests))
	}
}

// BenchmarkStream is what a second of the stream costs at 1000 requests a second:
// two batches of 500, with the samples of four nodes' roles.
func BenchmarkStream(b *testing.B) {
	s, err := OpenStream(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	qs := promoted().Requests[:500]
	roles := make([]RoleSample, 20)
	for i := range roles {
		roles[i] = RoleSample{At: time.Duration(i) * 100 * time.Millisecond, Node: "pg-1", Role: "primary", Term: 2}
	}
	for b.Loop() {
		for range 2 {
			if err := s.Write(Batch{At: time.Second, Roles: roles}, qs); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N), "%CPU")
}
