package results

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// TestLogReadsBack reads the log with the library's reader and finds every
// request again, in its second and under its tag.
func TestLogReadsBack(t *testing.T) {
	r := promoted()
	r.Requests[0].Fate = Unsent
	slices.Reverse(r.Requests) // the log's order is its own
	var b bytes.Buffer
	if err := writeLog(&b, r); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	lines, last := 0, int64(0)
	for log := hdrhistogram.NewHistogramLogReader(&b); ; lines++ {
		h, err := log.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		counts[h.Tag()] += h.TotalCount()
		if h.StartTimeMs() < last || h.EndTimeMs()-h.StartTimeMs() != 1000 || h.StartTimeMs() < r.Began.UnixMilli() {
			t.Fatalf("interval %d to %d after %d", h.StartTimeMs(), h.EndTimeMs(), last)
		}
		last = h.StartTimeMs()
		if longest := h.Max(); longest < int64(time.Millisecond) || longest > int64(10*time.Millisecond) {
			t.Fatalf("%s: max %d ns", h.Tag(), longest)
		}
	}
	want := map[string]int64{"read-baseline": 2100, "read-faulted": 4242, "read-healed": 2058, "write-baseline": 899, "write-faulted": 1818, "write-healed": 882}
	for tag, n := range want {
		if counts[tag] != n {
			t.Errorf("%s: %d requests in the log, want %d", tag, counts[tag], n)
		}
	}
	if len(counts) != len(want) || lines != 2*60+2 { // in second 45 the phase changes
		t.Errorf("%d tags, %d lines: %v", len(counts), lines, counts)
	}
}

func TestPercentileFiles(t *testing.T) {
	r := frozen()
	dir := t.TempDir()
	if err := saveAll(dir, r); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.hgrm"))
	if err != nil || len(files) != 4*3 { // phases and kinds
		t.Fatalf("%d percentile files: %v, %v", len(files), files, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "read-all-response.hgrm"))
	if err != nil {
		t.Fatal(err)
	}
	// The freeze's law again, as another tool would read it: F − T(1−q).
	found := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		value, _ := strconv.ParseFloat(f[0], 64)
		q, _ := strconv.ParseFloat(f[1], 64)
		if q > 0.91 && q < 0.999 {
			found++
			if want := 6000 - 60000*(1-q); math.Abs(value-want) > 80 {
				t.Errorf("at %v: %v ms, want about %v", q, value, want)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d lines above the freeze:\n%s", found, b)
	}
}

func TestNoRequestsNoLatencyFiles(t *testing.T) {
	dir := t.TempDir()
	if err := saveAll(dir, &Run{Plan: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{logFile, "*.hgrm"} {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) != 0 {
			t.Errorf("a run without requests has %v", found)
		}
	}
}

func TestFileWord(t *testing.T) {
	if got := fileWord("../a b,c"); got != "___a_b_c" {
		t.Errorf("got %q", got)
	}
}
