package results

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Style is how a report looks. The caller decides on colour (a terminal, and
// NO_COLOR not set); the words are the same either way.
type Style struct {
	Color  bool
	Width  int    // columns; 0 is 100
	Folder string // where the run is kept; "" says nothing of it
	Quiet  bool   // only the verdict and the claims
}

// The colours of a report, as ANSI codes.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (s Style) width() int { return cmp.Or(max(s.Width, 0), 100) }

// Paint puts a colour around text, or leaves it be.
func (s Style) Paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// columns is how wide text without colour is on a screen.
func columns(text string) int { return utf8.RuneCountInString(text) }

// left pads text on its right side, right on its left side.
func left(text string, width int) string {
	return text + strings.Repeat(" ", max(width-columns(text), 0))
}

func right(text string, width int) string {
	return strings.Repeat(" ", max(width-columns(text), 0)) + text
}

// wrap breaks text between words into lines of at most width columns; a longer
// word stays whole.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && columns(line)+1+columns(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// label is what stands before the text of a line, two or more spaces away.
var label = regexp.MustCompile(`^.{0,34}? {2,}`)

// Indented sets lines in and breaks them at a width, 0 for none. What is broken
// goes on below the text of its line and not below its label.
func Indented(text string, indent, width int) string {
	var b strings.Builder
	margin := strings.Repeat(" ", indent)
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line = Printable(line)
		if width <= 0 || indent+columns(line) <= width {
			b.WriteString(margin + line + "\n")
			continue
		}
		head := label.FindString(line)
		hang := columns(head)
		for i, l := range wrap(line[len(head):], width-indent-hang) {
			if i > 0 {
				head = strings.Repeat(" ", hang)
			}
			b.WriteString(margin + head + l + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Printable keeps text on its line and lets nothing in it steer a terminal:
// control characters, and the marks that turn the direction of writing, become
// spaces, one each, and what is no UTF-8 becomes U+FFFD. Whatever comes from a
// file, a log or a system under test goes through it on its way to a terminal.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if Invisible(c) {
			return ' '
		}
		return c
	}, text)
}

// Invisible says whether a character steers a terminal, or the direction or the
// line on which text is written, and shows nothing itself.
func Invisible(c rune) bool {
	return unicode.IsControl(c) || c == '\ufeff' || c == '\u2028' || c == '\u2029' || unicode.Is(unicode.Bidi_Control, c)
}

// grouped writes a whole number with a space between thousands: "12 000".
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// ms writes milliseconds with as many digits as anyone reads: "0.42", "41.0", "1 180".
func ms(v float64) string {
	switch {
	case v < 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return grouped(int64(v + 0.5))
}
