package main

import (
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
	n, err := o.to.Write(text)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("write the result: %w", err)
	}
	return n, err
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
