package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// output is standard output. It remembers the first write error, so that commands
// need not check, and a result that could not be written is not a success.
type output struct {
	to  io.Writer
	err error // of the first write that failed
}

func (o *output) Write(text []byte) (int, error) {
	_, err := o.to.Write(escaped(text))
	if err != nil {
		if o.err == nil {
			o.err = fmt.Errorf("write the result: %w", err)
		}
		return 0, err
	}
	return len(text), nil
}

// escaped escapes the characters in JSON that control a terminal and that the
// encoder does not escape: DEL and above. All other output is already printable.
func escaped(text []byte) []byte {
	steers := func(r rune) bool { return r >= 0x7f && results.Invisible(r) }
	if !bytes.ContainsFunc(text, steers) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		if steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// plain is an error made safe for a terminal: it may contain text from a file, a
// log, Docker or a node, and may have several lines.
func plain(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = results.Printable(l)
	}
	return strings.Join(lines, "\n")
}
