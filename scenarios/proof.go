package scenarios

import (
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// Report prints a proof: the conclusion, and each run with its claims.
func (p *Proof) Report(w io.Writer, s results.Style) {
	hue := map[Conclusion]string{Proven: "32", Refuted: "31", Vacuous: "33", Unproven: "33"}
	line := func(indent int, text string) { fmt.Fprintln(w, results.Indented(text, indent, s.Width)) }
	fmt.Fprintf(w, "%s  %s  %d runs in %.0f s\n", s.Paint("1;"+hue[p.Verdict], strings.ToUpper(string(p.Verdict))), results.Printable(p.Scenario), len(p.Arms), p.Seconds)
	if p.Why != "" {
		line(2, p.Why)
	}
	for _, a := range p.Arms {
		name := a.Arm
		if a.Repeat > 1 {
			name = fmt.Sprintf("%s, repeat %d", a.Arm, a.Repeat)
		}
		says := "as expected"
		if a.Says != Proven {
			says = string(a.Says)
		}
		fmt.Fprintf(w, "\n  %s  %s  %s\n", s.Paint(hue[a.Says], mark(a.Says)), name, says)
		for _, v := range a.Claims {
			line(6, fmt.Sprintf("%-9s %s%s", v.Outcome, v.Claim, tail(v)))
		}
		if len(a.Surprises) > 0 {
			line(6, "also broken: "+strings.Join(a.Surprises, ", "))
		}
		seed := fmt.Sprintf("seed %d", a.Seed)
		if a.Offset > 0 {
			seed += fmt.Sprintf(", steps %.3g s later than written", a.Offset)
		}
		line(6, seed)
		fmt.Fprintf(w, "      %s\n", results.Printable(a.Folder))
	}
	p.spread(w)
}

func mark(c Conclusion) string {
	switch c {
	case Proven:
		return "✓"
	case Refuted:
		return "✗"
	}
	return "?"
}

// tail returns what was measured, or why nothing was.
func tail(v results.Verdict) string {
	text := v.Measured
	if v.Outcome == results.Unproven && v.Why != "" {
		text = v.Why
	}
	if text == "" {
		return ""
	}
	return ": " + text
}
