package results

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// shapes are whole runs that earlier reports contradicted themselves on.
func shapes() map[string]*Run {
	judged := func(r *Run, vs ...Verdict) *Run {
		r.Verdicts = vs
		return r
	}
	held := Verdict{Name: "a", Claim: "it holds", Outcome: Held, Expected: Held, Measured: "1 s", Wanted: "at most 2 s", N: 3}
	broken, unproven := held, held
	broken.Claim, broken.Outcome = "it breaks", Broken
	unproven.Outcome, unproven.Why = Unproven, "too little was seen"
	expected, against, unknown := broken, held, unproven
	expected.Expected, against.Expected, unknown.Expected = Broken, Broken, Broken
	cut := judged(promoted(), unproven)
	cut.Finished, cut.Why = false, "interrupted by Ctrl-C"
	note := judged(promoted(), held)
	note.Trust = append(note.Trust, Check{Name: "calibration", OK: true, Note: true, Detail: "not calibrated"})
	return map[string]*Run{
		"held":                          judged(promoted(), held),
		"broken":                        judged(promoted(), held, broken),
		"broken, as expected":           judged(promoted(), expected, held),
		"all broken, as expected":       judged(promoted(), expected),
		"held, but expected broken":     judged(promoted(), against, held),
		"unproven beside as expected":   judged(promoted(), expected, unproven),
		"unproven, but expected broken": judged(promoted(), unknown),
		"cut short":                     cut,
		"a note":                        note,
		"a freeze":                      judged(frozen(), held),
		"two faults":                    judged(twice(), held),
		"a late generator":              judged(late(), held),
	}
}

// twice is promoted with a second fault, from which writes never come back.
func twice() *Run {
	r := outage(promoted(), "write", 50*time.Second, time.Minute)
	r.Faults = append(r.Faults, Fault{Name: "pause", Targets: []string{"pg-2"}, Asked: 50 * time.Second, Effect: 50010 * time.Millisecond, Witness: "pg-2 frozen"})
	return r
}

// late is promoted by a generator that is 50 ms late for a while, with one
// failure before the fault.
func late() *Run {
	r := promoted()
	for i := range r.Requests[:2000] {
		q := &r.Requests[i]
		q.Sent, q.Done = q.Sent+50*time.Millisecond, q.Done+50*time.Millisecond
	}
	r.Requests[7].Fate = Refused
	return r
}

// headlines are the words a report may begin with, and the exit code and the
// colour of the page's bar that each goes with.
var headlines = map[string]struct {
	exit int
	bar  string
}{
	"HELD": {0, "held"}, "AS EXPECTED": {0, "held"}, "BROKEN": {1, "broken"}, "NOT AS EXPECTED": {1, "broken"}, "UNPROVEN": {3, ""},
}

// TestReportsAgreeWithThemselves renders whole runs as text and as a page: the
// headline, its colour, the exit code and the marks tell one story.
func TestReportsAgreeWithThemselves(t *testing.T) {
	for name, r := range shapes() {
		t.Run(name, func(t *testing.T) {
			text, page := string(report(r, Style{})), renderPage(t, r)
			first, rest, _ := strings.Cut(text, "\n")
			word, _, _ := strings.Cut(first, "  ")
			want, known := headlines[word]
			if !known || r.ExitCode() != want.exit || !strings.HasSuffix(first, fmt.Sprintf("exit %d", want.exit)) {
				t.Errorf("headline %q with exit code %d", first, r.ExitCode())
			}
			if bar := fmt.Sprintf(`<div class="bar %s"><b>%s</b>`, want.bar, word); !strings.Contains(page, bar) || !strings.Contains(page, "<title>"+word+" ") {
				t.Errorf("the page does not say %s in its title and its bar", word)
			}
			crosses := strings.Count(rest, "✗")
			if want.exit == 0 && crosses > 0 {
				t.Errorf("a cross where all is as expected:\n%s", text)
			}
			if want.exit == 1 && crosses == 0 {
				t.Errorf("no cross where something is not as expected:\n%s", text)
			}
			if got := strings.Count(page, "✗"); got != crosses {
				t.Errorf("%d crosses on the page, %d in the text", got, crosses)
			}
			for _, no := range []string{"for 0.0 s", " 0.0 % of sent", "✓ calibration: not", "trust it?", "intended", "owes", "never"} {
				if strings.Contains(text, no) || strings.Contains(strings.ReplaceAll(page, "never sent", ""), no) {
					t.Errorf("%q in:\n%s", no, text)
				}
			}
			if n := len(regexp.MustCompile(`(?m)^.*send delay p99`).FindAllString(text, -1)); n > 1 {
				t.Errorf("%d figures are called send delay p99", n)
			}
		})
	}
}

// TestEveryFaultIsRequestedFirst: what failed between the request for a fault
// and its effect is listed below the line that says so.
func TestEveryFaultIsRequestedFirst(t *testing.T) {
	r := promoted()
	r.Timeline = append([]Event{{At: 15 * time.Second, Kind: FaultAsked, Node: "pg-1", Text: "kill pg-1"}}, r.Timeline...)
	text := string(report(r, Style{}))
	asked, failed := strings.Index(text, "fault requested pg-1"), strings.Index(text, "first failed write")
	if asked < 0 || failed < asked {
		t.Errorf("requested at %d, failed at %d:\n%s", asked, failed, text)
	}
}

// TestNotesHaveNoCheckMark: nothing that was not checked has passed.
func TestNotesHaveNoCheckMark(t *testing.T) {
	r := shapes()["a note"]
	text, page := string(report(r, Style{Color: true})), renderPage(t, r)
	if !strings.Contains(text, "– calibration: not calibrated") && !strings.Contains(text, "–\x1b[0m calibration: not calibrated") {
		t.Errorf("a note is no note:\n%s", text)
	}
	if !strings.Contains(page, `<td class="mark note">–</td><td>calibration</td>`) {
		t.Error("a note is no note on the page")
	}
	var b bytes.Buffer
	if err := JSON(&b, r, "x"); err != nil || valid(t, b.Bytes()) != nil || !strings.Contains(b.String(), `"note": true`) {
		t.Errorf("%v:\n%s", err, &b)
	}
}

// TestReportsFitTheTerminal: at the narrowest and at a wide terminal nothing
// but a path or a command, which must be copied whole, is wider than the screen.
func TestReportsFitTheTerminal(t *testing.T) {
	for name, r := range shapes() {
		r.Where.Seed = 4294967295
		r.Trust = append(r.Trust, Check{Name: "load", OK: true, Detail: strings.Repeat("a long story ", 30)})
		for _, width := range []int{60, 80, 100, 120} {
			s := Style{Width: width, Folder: "results/runs/replication/primary-kill/20261123T120000Z-r1"}
			for line := range strings.Lines(string(report(r, s))) {
				line = strings.TrimSuffix(line, "\n")
				whole := strings.HasPrefix(line, "results/") || strings.HasPrefix(line, "holdfast run ")
				if columns(line) > width && !whole {
					t.Errorf("%s at %d: %d columns: %s", name, width, columns(line), line)
				}
			}
		}
	}
}
