package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/term"
)

// console is standard error with a block of lines at its end that is redrawn.
// Other text is written above the block, so that a message during a run, such as
// that of Ctrl-C, leaves no partial lines.
type console struct {
	mu    sync.Mutex
	out   io.Writer
	block []string // drawn below permanent lines
}

// newConsole returns a console that writes to a stream, or the stream itself if it
// is a console.
func newConsole(out io.Writer) *console {
	if c, ok := out.(*console); ok {
		return c
	}
	return &console{out: out}
}

// Write writes text above the block, and ends it with a newline if needed. The
// block disappears until it is drawn again.
func (c *console) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	return c.out.Write(text)
}

// draw replaces the block; without lines it removes it.
func (c *console) draw(lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	for _, l := range lines {
		fmt.Fprintln(c.out, fit(l, cmp.Or(width(c.out), 80)-1))
	}
	c.block = lines
}

// erase removes the block from the screen. It starts at the left margin: a
// terminal may have echoed ^C at the cursor.
func (c *console) erase() {
	if n := len(c.block); n > 0 {
		fmt.Fprintf(c.out, "\r\x1b[%dA\x1b[J", n)
		c.block = nil
	}
}

// file is the underlying file of a stream, or nil.
func file(w io.Writer) *os.File {
	if c, ok := w.(*console); ok {
		w = c.out
	}
	if o, ok := w.(*output); ok {
		w = o.to
	}
	f, _ := w.(*os.File)
	return f
}

// terminal reports whether a stream is a terminal that supports control sequences.
func terminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// narrowest is the smallest supported width; a narrower terminal breaks lines itself.
const narrowest = 60

// width is the number of columns of a stream: that of the terminal, otherwise the
// value of COLUMNS, otherwise 0 (a file has no width).
func width(w io.Writer) int {
	if f := file(w); f != nil {
		if wide, _, err := term.GetSize(int(f.Fd())); err == nil && wide > 0 {
			return max(wide, narrowest)
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return max(n, narrowest)
	}
	return 0
}

// fit cuts a redrawn line to one line of the screen, since a wrapped line cannot be erased.
func fit(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
