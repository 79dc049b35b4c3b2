package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/holdfast-lab/holdfast/results"
)

// maxFile is the maximum size of a scenario file, in bytes. The largest
// built-in one has two thousand.
const maxFile = 256 << 10

// mostUnfit is how many invalid characters are reported: a file with more of
// them is not a text file.
const mostUnfit = 5

// readText reads a scenario file, up to the maximum size.
func readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	return text, nil
}

// plain returns the text without the byte order mark that some editors write,
// and with "\n" as the only line end. Each invalid character is a mistake at
// its place.
func (d *decoder) plain(text []byte) ([]byte, bool) {
	if len(text) > maxFile {
		d.wrong(nil, "the file is longer than %d KiB: write at most a few hundred lines", maxFile>>10)
		return nil, false
	}
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			d.wrong(nil, "the file is UTF-16: save it as UTF-8")
			return nil, false
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = []byte(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)))
	line, column, good := 1, 0, len(d.all)
	for i := 0; i < len(text) && len(d.all) < good+mostUnfit; {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		column++
		switch err := unfit(r, size); {
		case err != nil:
			d.note(Mistake{Line: line, Column: column, Text: err.Error()})
		case r == '\n':
			line, column = line+1, 0
		}
	}
	return text, len(d.all) == good
}

// unfit says why a character is not allowed in a scenario. Size is its number
// of bytes in UTF-8.
func unfit(r rune, size int) error {
	switch {
	case r == utf8.RuneError && size == 1:
		return errors.New("invalid UTF-8: save the file as UTF-8")
	case r == '\n' || r == '\t':
	case results.Invisible(r):
		return fmt.Errorf("the invisible character %U is not allowed: remove it", r)
	}
	return nil
}
