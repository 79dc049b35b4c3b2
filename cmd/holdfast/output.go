package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// output is standard output. It remembers that something could not be written,
// so that no command has to, and a result that nobody received is no success.
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

// escaped is JSON with those characters escaped that steer a terminal and that
// its encoder leaves alone, DEL and beyond. All other text was made printable.
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

// plain is an error as it may go to a terminal: it may hold what a file, a log,
// Docker or a node said, and may have several lines.
func plain(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = results.Printable(l)
	}
	return strings.Join(lines, "\n")
}
