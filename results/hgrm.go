package results

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ticksPerHalf is how many lines a percentile file has per halving of the
// distance to 100 %; 5 is what HdrHistogram's own tools print.
const ticksPerHalf = 5

// saveLatency writes the files that other tools for HdrHistogram read: the log
// and one percentile file per operation, phase and kind, in ms, named
// write-faulted-response.hgrm. A run without requests has none.
func saveLatency(folder string, r *Run) error {
	if len(r.Requests) == 0 {
		return nil
	}
	err := derive(filepath.Join(folder, logFile), func(w io.Writer) error { return writeLog(w, r) })
	hs := r.fold()
	for _, k := range hs.keys() {
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%s-%s.hgrm", fileWord(k.operation), k.phase, k.kind)
		err = derive(filepath.Join(folder, name), func(w io.Writer) error { return percentiles(w, hs[k]) })
	}
	return err
}

// percentiles prints a histogram as HdrHistogram's tools do, in ms.
func percentiles(w io.Writer, h *hdrhistogram.Histogram) error {
	_, err := h.PercentilesPrint(w, ticksPerHalf, float64(time.Millisecond))
	return err
}

// fileWord converts an operation's name for use in a file name or a tag.
func fileWord(operation string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return '_'
	}, operation)
}
