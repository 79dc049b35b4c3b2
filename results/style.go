package results

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Style is the appearance of a report. The caller decides on colour (a terminal,
// and NO_COLOR not set); the text is the same either way.
type Style struct {
	Color  bool
	Width  int    // in columns; 0 means 100
	Folder string // where the run is saved; "": not shown
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

// Paint returns text in a colour, or unchanged if Color is false.
func (s Style) Paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// columns is the width of text without colour codes, in columns.
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

// label is the label before the text of a line, followed by two or more spaces.
var label = regexp.MustCompile(`^.{0,34}? {2,}`)

// Indented indents lines and breaks them at a width (0: no limit). A broken line
// continues below its text, not below its label.
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

// Printable removes everything that could break the line or control a terminal:
// each control character and each mark that changes the direction of writing
// becomes a space, and invalid UTF-8 becomes U+FFFD. All text from files, logs and
// systems under test passes through it before it is printed.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if Invisible(c) {
			return ' '
		}
		return c
	}, text)
}

// Invisible reports whether a character is invisible and controls a terminal, the
// direction of writing or line breaks.
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

// ms formats milliseconds with two or more significant digits: "0.42", "41.0", "1 180".
func ms(v float64) string {
	switch {
	case v < 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return grouped(int64(v + 0.5))
}
