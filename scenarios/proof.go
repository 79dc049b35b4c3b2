package scenarios

import (
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// Report writes a proof for people: the conclusion, and each play with its
// claims. Color puts ANSI colours around the marks.
func (p *Proof) Report(w io.Writer, color bool) {
	paint := func(code, text string) string {
		if !color {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	hue := map[Conclusion]string{Proven: "32", Refuted: "31", Vacuous: "33", Unproven: "33"}
	fmt.Fprintf(w, "%s  %s  %d plays in %.0f s\n", paint("1;"+hue[p.Verdict], strings.ToUpper(string(p.Verdict))), p.Scenario, len(p.Arms), p.Seconds)
	if p.Why != "" {
		fmt.Fprintf(w, "  %s\n", p.Why)
	}
	for _, a := range p.Arms {
		name := a.Arm
		if a.Repeat > 1 {
			name = fmt.Sprintf("%s, repeat %d", a.Arm, a.Repeat)
		}
		says := "as it should be"
		if a.Says != Proven {
			says = string(a.Says)
		}
		fmt.Fprintf(w, "\n  %s  %s  %s\n", paint(hue[a.Says], mark(a.Says)), name, says)
		for _, v := range a.Claims {
			fmt.Fprintf(w, "      %-9s %s%s\n", v.Outcome, v.Claim, tail(v))
		}
		if len(a.Surprises) > 0 {
			fmt.Fprintf(w, "      broken, too: %s\n", strings.Join(a.Surprises, ", "))
		}
		fmt.Fprintf(w, "      seed %d", a.Seed)
		if a.Offset > 0 {
			fmt.Fprintf(w, ", steps %.3g s later than written", a.Offset)
		}
		fmt.Fprintf(w, "\n      %s\n", a.Folder)
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

// tail is what was measured, or why nothing was.
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
