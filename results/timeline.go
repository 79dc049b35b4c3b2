package results

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// labels are the kinds of event whose text differs from their name in run.json.
var labels = map[Kind]string{
	FaultAsked:   "fault requested",
	FaultHealing: "undo requested",
}

// Line is an event as one line: the offset, the event, its node, and details.
//
//	T+15.021  first failed write          http 503 from web-1
func Line(e Event) string {
	head, text := e.words()
	return strings.TrimRight(head+text, " ")
}

// Lines is the event in lines of at most width columns; text that does not fit
// beside the name continues below it.
func Lines(e Event, width int) []string {
	head, text := e.words()
	indent := columns(head)
	if columns(head)+columns(text) <= width {
		return []string{strings.TrimRight(head+text, " ")}
	}
	if width-indent < narrowest { // too little room beside the name
		const below = 11 // where the name begins
		lines := []string{strings.TrimRight(head, " ")}
		for _, l := range wrap(text, width-below) {
			lines = append(lines, strings.Repeat(" ", below)+l)
		}
		return lines
	}
	lines := wrap(text, width-indent)
	lines[0] = head + lines[0]
	for i := range lines[1:] {
		lines[i+1] = strings.Repeat(" ", indent) + lines[i+1]
	}
	return lines
}

// words are the offset and the name of an event, and its details.
func (e Event) words() (head, text string) {
	at, sign := e.At, "+"
	if at < 0 {
		at, sign = -at, "-"
	}
	what := cmp.Or(labels[e.Kind], strings.ReplaceAll(string(e.Kind), "-", " "))
	if e.Node != "" {
		what += " " + e.Node
	}
	stamp := fmt.Sprintf("T%s%06.3f", sign, at.Seconds())
	return fmt.Sprintf("%-9s  %-26s  ", stamp, Printable(what)), Printable(e.Text)
}

// p99 is the exact 99th percentile, nearest rank. It sorts its argument.
func p99(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[(len(ds)*99+99)/100-1]
}
