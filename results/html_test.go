package results

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func renderPage(t *testing.T, r *Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := writePage(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	r := promoted()
	r.Verdicts = verdicts()
	got := renderPage(t, r)
	for _, want := range []string{
		`<div class="bar broken"><b>BROKEN</b><span>2 of 4 claims held, 1 broken, 1 unproven</span><span>exit 1</span></div>`,
		`no acknowledged write is lost`, `missed by 0.7ms`, `first failed write`, `<title>kill pg-1</title>`,
		`holdfast run replication/primary-kill --seed 4711`, `12 000 of 12 000 sent`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page says nothing of %q", want)
		}
	}
	for _, no := range []string{"http://", "https://", "<script", "url(", "NaN", "Inf", "ZgotmplZ"} {
		if strings.Contains(got, no) {
			t.Errorf("the page has %q in it", no)
		}
	}
	if bars := strings.Count(got, `class="failed"`); bars != 7 { // seconds 15 to 21
		t.Errorf("%d bars of failures, want 7", bars)
	}
}

func TestPageOfNothing(t *testing.T) {
	got := renderPage(t, &Run{})
	if !strings.Contains(got, "UNPROVEN") || !strings.Contains(got, "cut short") || strings.Contains(got, "<svg") {
		t.Errorf("a run of nothing:\n%s", got)
	}
}

func TestPageEscapes(t *testing.T) {
	r := promoted()
	r.Faults[0].Name = `<script>alert(1)</script>`
	r.Verdicts = []Verdict{{Claim: `<script>alert(2)</script>`, Why: `<img src=x>`}}
	if got := renderPage(t, r); strings.Contains(got, "<script") || strings.Contains(got, "<img") {
		t.Error("text became markup")
	}
}

// TestChartIsXML reads the chart as XML, and shows that a stretch without
// requests is a gap and no line.
func TestChartIsXML(t *testing.T) {
	r := &Run{Requests: History{
		{Operation: "read", Done: time.Millisecond, Fate: Answered},
		{Operation: "read", Intended: time.Second},
		{Operation: "read", Intended: 2 * time.Second, Sent: 2 * time.Second, Done: 2 * time.Second, Fate: Answered},
	}}
	chart := string(r.chart())
	for d := xml.NewDecoder(strings.NewReader(chart)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	_, p99, _ := strings.Cut(chart, `class="p99" d="`)
	p99, _, _ = strings.Cut(p99, `"`)
	if strings.Count(p99, "M") != 2 || strings.Contains(p99, "L") {
		t.Errorf("a second without requests is no gap: %s", p99)
	}
}

// TestChartSeparatesUnsentFromFailed: what never left did not fail.
func TestChartSeparatesUnsentFromFailed(t *testing.T) {
	r := &Run{Requests: History{
		{Operation: "read", Sent: 1, Done: 2, Fate: Unanswered},
		{Operation: "read", Intended: 1},
		{Operation: "read", Intended: 2},
		{Operation: "read", Intended: time.Second},
	}}
	page := renderPage(t, r)
	for _, want := range []string{
		`>0 s: 1 failed<`, `>0 s: 2 never sent<`, `>1 s: 1 never sent<`, `class="keyunsent"`,
		`class="unsent" x="72.0" y="310.0"`, `class="failed" x="72.0" y="350.0"`, // stacked
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, "1 s: 1 failed") {
		t.Error("what never left is drawn as failed")
	}
}

// TestChartHasRoomForItsLastNumber: a letter is about 6 units wide.
func TestChartHasRoomForItsLastNumber(t *testing.T) {
	for _, seconds := range []time.Duration{60, 3600} {
		r := &Run{Requests: History{{Operation: "read", Intended: seconds*time.Second - 1, Fate: Unsent}}}
		last := fmt.Sprintf("%d s", seconds)
		_, at, found := strings.Cut(string(r.chart()), `V370"/><text class="middle" x="936.0"`)
		if room := float64(chartWidth - 936); !found || !strings.Contains(at, ">"+last+"<") || float64(len(last))*6/2 > room {
			t.Errorf("no room for %q: %v of %v", last, room, at)
		}
	}
}
