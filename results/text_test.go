package results

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds text against a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; go test ./results -update writes it anew):\n%s", name, d)
	}
}

// promoted is a made-up run: 200/s for 60 s, 70 % reads; the primary is killed
// at 15 s, writes fail at once until a replica takes over at 21.5 s, and reads
// stay. Every number in it is arithmetic, so it is the same each time.
func promoted() *Run {
	r := &Run{
		ID: "r1", Scenario: "replication/primary-kill", Arm: "treatment", Finished: true,
		Began:   time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Where:   Environment{Seed: 4711},
		Seconds: Seconds{Images: 0.5, Boot: 6.25, Run: 64, Total: 72},
		Faults: []Fault{{Name: "kill", Targets: []string{"pg-1"}, Asked: 15 * time.Second, Effect: 15018 * time.Millisecond,
			Witness: "pg-1 exited 137", Healing: 45 * time.Second, Ended: 45300 * time.Millisecond, EndWitness: "pg-1 runs", InFlight: 2}},
		Timeline: []Event{
			{At: 0, Kind: AttackBegan},
			{At: 15018 * time.Millisecond, Kind: FaultInEffect, Node: "pg-1", Text: "kill: pg-1 exited 137"},
			{At: 21412 * time.Millisecond, Kind: RoleChanged, Node: "pg-2", Text: "primary, timeline 2"},
			{At: 45300 * time.Millisecond, Kind: FaultEnded, Node: "pg-1", Text: "kill: pg-1 runs"},
		},
		Trust: []Check{
			{Name: "load", OK: true, Detail: "12 000 of 12 000 sent, send delay p99 0.2 ms"},
			{Name: "fault", OK: true, Detail: "kill of pg-1 seen from outside, 2 requests in flight"},
		},
	}
	for n := range 12000 {
		at := time.Duration(n) * 5 * time.Millisecond
		q := Request{Seq: uint64(n), Operation: "read", Intended: at, Sent: at + 200*time.Microsecond, Fate: Answered, Status: 200, Server: "web-1"}
		q.Done = q.Sent + time.Duration(1000+n*37%1500)*time.Microsecond
		if n%10 < 3 {
			q.Operation = "write"
			if at > 15*time.Second && at < 21500*time.Millisecond {
				q.Fate, q.Status, q.Error, q.Done = Unanswered, 503, "http 503", q.Sent+6*time.Millisecond
			}
		}
		r.Requests = append(r.Requests, q)
	}
	return r
}

func verdicts() []Verdict {
	return []Verdict{
		{Name: "recovers", Claim: "writes recover within 10s", Outcome: Held, Expected: Held, Measured: "6.482s", Wanted: "at most 10s", N: 2698,
			Figures: []Figure{{"rto", 6.482, "s"}}},
		{Name: "keeps-acknowledged-writes", Claim: "no acknowledged write is lost", Outcome: Held, Expected: Held,
			Measured: "0 lost of 2 698", Wanted: "0 lost, at least 100 at risk", N: 2698},
		{Name: "responds", Claim: "reads respond within 2ms at p99, and writes too, even while the primary is gone", Outcome: Broken, Expected: Held,
			Measured: "2.7ms", Wanted: "at most 2ms", Why: "missed by 0.7ms", N: 12000},
		{Name: "one-primary", Claim: "at most one primary at a time", Outcome: Unproven, Expected: Held, Wanted: "1", Why: "no node was asked for its role"},
	}
}

func report(r *Run, s Style) []byte {
	var b bytes.Buffer
	Report(&b, r, s)
	return b.Bytes()
}

func TestReport(t *testing.T) {
	r := promoted()
	r.Verdicts = verdicts()
	s := Style{Folder: "results/runs/replication/primary-kill/20261123T120000Z-r1"}
	golden(t, "broken.txt", report(r, s))
	s.Color = true
	golden(t, "broken-color.txt", report(r, s))
	s.Color, s.Width = false, 60
	golden(t, "broken-narrow.txt", report(r, s))
	r.Verdicts = r.Verdicts[:2]
	golden(t, "held.txt", report(r, Style{Quiet: true}))
}

func TestReportOfWhatIsExpectedToBreak(t *testing.T) {
	r := frozen()
	r.Finished, r.Scenario, r.File, r.Arm = true, "my tests/freeze", "my tests/freeze.yaml", "control-1"
	r.Verdicts = []Verdict{
		{Name: "a", Claim: "it breaks", Outcome: Broken, Expected: Broken, Measured: "6s", Wanted: "at most 1s", N: 3},
		{Name: "b", Claim: "it holds", Outcome: Held, Expected: Held, Measured: "1s", Wanted: "at most 1s", N: 3},
	}
	golden(t, "expected.txt", report(r, Style{}))
	r.Verdicts[0].Outcome = Held
	golden(t, "unexpected.txt", report(r, Style{Quiet: true}))
}

func TestReportOfARunCutShort(t *testing.T) {
	r := &Run{Why: "interrupted", Verdicts: []Verdict{{Claim: "x", Outcome: Held, Expected: Held}}}
	golden(t, "cut-short.txt", report(r, Style{}))
	golden(t, "nothing.txt", report(&Run{Finished: true}, Style{}))
}

// TestColorAddsNoWords shows that nothing is told by colour alone.
func TestColorAddsNoWords(t *testing.T) {
	r := promoted()
	r.Verdicts = verdicts()
	plain, colored := string(report(r, Style{})), string(report(r, Style{Color: true}))
	for _, code := range []string{bold + ";" + red, bold, dim, red, green, yellow, "0"} {
		colored = strings.ReplaceAll(colored, "\x1b["+code+"m", "")
	}
	if d := cmp.Diff(plain, colored); d != "" {
		t.Error(d)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for want, got := range map[string]string{
		"0": grouped(0), "999": grouped(999), "1 000": grouped(1000), "-1 234 567": grouped(-1234567), "-999": grouped(-999),
		"0.42": ms(0.42), "2.1": ms(2.1), "41.0": ms(41), "99.9": ms(99.94), "100": ms(99.96), "1 180": ms(1180.4),
		"'my tests/it'\\''s.yaml'": shellWord("my tests/it's.yaml"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestReproduceCommandCanBeTyped: a scenario of a file is played again from that file.
func TestReproduceCommandCanBeTyped(t *testing.T) {
	for want, r := range map[string]*Run{
		"holdfast run replication/primary-kill --seed 7":  {Scenario: "replication/primary-kill", Arm: "treatment"},
		"holdfast run ./mine.yaml --arm placebo --seed 7": {Scenario: "mine", File: "./mine.yaml", Arm: "placebo"},
		"holdfast run replication/primary-kill --set commit=asynchronous --set replicas=1 --seed 7": {
			Scenario: "replication/primary-kill", Arm: "treatment", Set: map[string]string{"replicas": "1", "commit": "asynchronous"}},
		"": {},
	} {
		r.Where.Seed = 7
		if got := r.reproduce(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
