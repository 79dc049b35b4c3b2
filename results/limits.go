package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Limits on input. A record that Holdfast writes is far below them; anything
// above them is refused before it uses memory. docs/OUTPUT.md lists them.
const (
	// MaxRequests bounds what a run may plan: the record keeps every request in
	// memory, about 300 bytes each, so that this is 600 MB.
	MaxRequests = 2_000_000

	maxRunBytes         = 64 << 20  // of run.json, and of timeline.ndjson: 2 MB an hour for each node that is asked for its role
	maxPackedBytes      = 512 << 20 // of a compressed file: 2 million requests take 60 MB
	maxSmallBytes       = 64 << 10  // of calibration.json
	maxIntentBytes      = 4 << 20   // of intents.ndjson
	maxLine             = 8 << 20   // of one line of the history: a value may be an answer of 1 MiB, its escapes included
	maxBatch            = 4 << 20   // of one line of the timeline: what came within half a second
	maxPiece            = 2 << 20   // of one string of an audit
	mostWords           = 500_000   // distinct strings that are stored only once
	maxDepth            = 32        // nesting of lists and maps
	bytesPerItem        = 8         // of JSON, at least; a sample of a role takes 13
	leastItems          = 1000      // allowed in any file
	unpackedFloor       = 64 << 20  // allowed unpacked size of any compressed file
	unpackedRatio       = 64        // ... or this many times its packed size; a history has 7, an audit of two stores 21
	valuesFloor         = 3_000_000 // allowed in any audit
	valuesPerPackedByte = 4         // ... or this many for each byte of its file, minus a million; an audit of two stores has 1
	maxWindow           = 8 << 20   // of the compression: the writer's window
	leastLineBytes      = 130       // of a line of the history: its field names alone

	// maxTime is the latest instant of a record: the longest attack, a day, and
	// another day for undo, settling and audit.
	maxTime = 48 * time.Hour
	// maxSteps limits faults, verdicts and checks, because each of them reads
	// every request.
	maxSteps = 1000
)

// openLimited opens a regular file of at most the given number of bytes, and
// returns its size.
func openLimited(path string, most int64) (*os.File, int64, error) {
	info, err := os.Stat(path) // before opening: opening a pipe would wait for its writer
	if err != nil {
		return nil, 0, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > most:
		return nil, 0, fmt.Errorf("%s has %d bytes; at most %d are read", path, info.Size(), most)
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}

// unpacker decompresses all frames, up to the unpacked size that is allowed for a
// file of that size.
func unpacker(packed io.Reader, size int64) (*capped, func(), error) {
	z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxPackedBytes))
	if err != nil {
		return nil, nil, err
	}
	return &capped{r: z, left: max(unpackedFloor, size*unpackedRatio), piece: math.MaxInt64}, z.Close, nil
}

// capped is a reader that returns an error after a number of bytes.
type capped struct {
	r     io.Reader
	left  int64 // in all
	piece int64 // ... and of what is read now
}

func (c *capped) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.left, c.piece = c.left-int64(n), c.piece-int64(n)
	switch {
	case c.left < 0:
		return n, errors.New("it unpacks to more than a file of its size can hold")
	case c.piece < 0:
		return n, errors.New("one value in it is longer than any that Holdfast writes")
	}
	return n, err
}

// checkJSON returns an error if JSON is nested too deep, or has too many items,
// before it is decoded: decoding a list of empty objects takes hundreds of times
// its own size.
func checkJSON(text []byte, most int) error {
	depth, items, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return fmt.Errorf("lists and maps are nested more than %d deep at byte %d", maxDepth, i)
			}
		case c == ']' || c == '}':
			depth--
		case c == ',':
			if items++; items > most {
				return fmt.Errorf("more than %d items at byte %d", most, i)
			}
		}
	}
	return nil
}

// itemsOf is how many items JSON of that size may hold.
func itemsOf(size int) int { return leastItems + size/bytesPerItem }

// eachLine calls take with each complete line, without its newline, and reports
// the number of a line that was refused. torn reports whether data follows the last
// newline.
func eachLine(r io.Reader, longest int, take func(line []byte) error) (torn bool, err error) {
	b, n := bufio.NewScanner(r), 0
	b.Buffer(nil, longest)
	b.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return i + 1, data[:i:i], nil
		}
		torn = atEOF && len(data) > 0
		return 0, nil, nil
	})
	for b.Scan() {
		n++
		if err := take(b.Bytes()); err != nil {
			return false, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(b.Err(), bufio.ErrTooLong) {
		return false, fmt.Errorf("line %d is longer than %d bytes", n+1, longest)
	}
	return torn, b.Err()
}
