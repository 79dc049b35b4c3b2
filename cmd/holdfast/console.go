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
// Whatever else is written goes above the block, so that a message in the middle
// of a run, such as that of Ctrl-C, leaves no half lines.
type console struct {
	mu    sync.Mutex
	out   io.Writer
	block []string // drawn below what stays
}

// newConsole is the console of a stream, or the one that it is.
func newConsole(out io.Writer) *console {
	if c, ok := out.(*console); ok {
		return c
	}
	return &console{out: out}
}

// Write puts text above the block; it ends with a whole line. The block goes,
// until it is drawn again.
func (c *console) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	return c.out.Write(text)
}

// draw replaces the block; no line is none.
func (c *console) draw(lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	for _, l := range lines {
		fmt.Fprintln(c.out, fit(l, cmp.Or(width(c.out), 80)-1))
	}
	c.block = lines
}

// erase takes the block off the screen. It begins at the left: a terminal may
// have echoed ^C where the cursor was.
func (c *console) erase() {
	if n := len(c.block); n > 0 {
		fmt.Fprintf(c.out, "\r\x1b[%dA\x1b[J", n)
		c.block = nil
	}
}

// file is the file behind a stream, or nil.
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

// terminal says whether a stream is a terminal that can do more than a printer.
func terminal(w io.Writer) bool {
	f := file(w)
	return f != nil && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// narrowest is the width that everything fits into; a narrower terminal breaks lines itself.
const narrowest = 60

// width is how many columns a stream has: what the terminal says, else what
// COLUMNS says, else 0, for a file has no width.
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

// fit keeps a redrawn line on one line of the screen, else it could not be taken back.
func fit(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
