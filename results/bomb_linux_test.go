package results

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// openBomb makes this process open a folder, so that what it takes can be measured.
const openBomb = "TEST_OPEN_BOMB"

// peakOf is the line of a process's status that tells its most memory, in KiB.
var peakOf = regexp.MustCompile(`VmHWM:\s+(\d+)`)

// repeated is a text over and over, until it has so many bytes.
func repeated(text string, bytes int) string { return strings.Repeat(text, bytes/len(text)) }

// deflated is a text as a compressed file of at most a MiB: the first part, the
// second again and again until it has so many bytes, and the third.
func deflated(t *testing.T, begin, middle string, size int, end string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write([]byte(begin)) // what fails is told when it is closed
	piece := []byte(repeated(middle, 1<<20))
	for ; size > 0; size -= len(piece) {
		_, _ = z.Write(piece[:min(size/len(middle)*len(middle), len(piece))])
	}
	_, _ = z.Write([]byte(end))
	if err := z.Close(); err != nil || b.Len() > 1<<20 {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	return b.Bytes()
}

// TestCostOfReadingIsBounded opens folders in which one file of at most a MiB
// is made to cost: each in a process of its own, which may take 256 MiB and 2 s,
// or what the race detector makes of that.
func TestCostOfReadingIsBounded(t *testing.T) {
	if dir := os.Getenv(openBomb); dir != "" {
		if _, err := open(dir); err != nil {
			fmt.Println("refused:", err)
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("peak:", peakOf.FindStringSubmatch(string(status))[1])
		return
	}
	const mib = 1 << 20
	var unsent strings.Builder
	for n := range 400_000 {
		q := Request{Seq: uint64(n)}
		unsent.Write(appendLine(nil, &q))
	}
	manyFrames := bytes.Repeat(deflated(t, "", "x", 0, ""), mib/20)
	for _, c := range []struct {
		name, file string
		text       []byte
	}{
		{"deep lists", runFile, []byte(repeated("[", mib))},
		{"deep maps", runFile, []byte(repeated(`{"plan":`, mib))},
		{"empty faults", runFile, []byte(`{"schema":1,"faults":[` + repeated("{},", mib) + "{}]}")},
		{"empty samples", runFile, []byte(`{"schema":1,"roles":[` + repeated("{},", mib) + "{}]}")},
		{"a deep plan", runFile, []byte(`{"schema":1,"plan":` + repeated("[", mib/2) + repeated("]", mib/2) + "}")},
		{"many digests", runFile, []byte(`{"schema":1,"files":{` + repeated(`"a":{},`, mib) + `"a":{}}}`)},
		{"requests that never left", historyFile, deflated(t, unsent.String(), "x", 0, "")},
		{"zeros", historyFile, deflated(t, "", "\x00", 80*mib, "")},
		{"lines without requests", historyFile, deflated(t, "", "\n", 80*mib, "")},
		{"frames of nothing", historyFile, manyFrames},
		{"values of nothing", auditFile, deflated(t, `{"stores":[{"values":{"write":[`, `"",`, 80*mib, `""]}}]}`)},
		{"as many values as may be", auditFile, deflated(t, `{"stores":[{"values":{"write":[`, `"a",`, 4*(valuesFloor-10), `"a"]}}]}`)},
		{"stores of nothing", auditFile, deflated(t, `{"stores":[`, `{},`, 80*mib, `{}]}`)},
		{"a long value", auditFile, deflated(t, `{"stores":[{"values":{"write":["`, "a", 80*mib, `"]}}]}`)},
		{"a long field", auditFile, deflated(t, `{"x":[`, "[],", 80*mib, `[]]}`)},
		{"deep stores", auditFile, deflated(t, `{"stores":`, "[", 80*mib, "")},
		{"a timeline of samples", streamFile, []byte(`{"start":{"id":"r1"},"at":0}` + "\n" + `{"at":1,"roles":[` + repeated("{},", mib) + "{}]}\n")},
		{"a timeline of lines", streamFile, []byte(`{"start":{"id":"r1"},"at":0}` + "\n" + repeated(`{"at":1}`+"\n", mib))},
		{"a deep timeline", streamFile, []byte(repeated("[", mib) + "\n")},
		{"many intents", IntentsFile, []byte(repeated(`{"step":1}`+"\n", mib))},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := bombed(t, c.file, c.text)
			child := exec.Command(os.Args[0], "-test.run=^TestCostOfReadingIsBounded$")
			child.Env = append(os.Environ(), openBomb+"="+dir)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			said := regexp.MustCompile(`peak: (\d+)`).FindSubmatch(out)
			if said == nil {
				t.Fatalf("%s", out)
			}
			peak, _ := strconv.Atoi(string(said[1])) // KiB
			took := child.ProcessState.UserTime() + child.ProcessState.SystemTime()
			t.Logf("%d MiB, %v: %.200s", peak>>10, took.Round(time.Millisecond), out)
			if peak > 256<<10*raceCost || took > 4*time.Second*raceCost { // 2 s on a machine that does nothing else
				t.Errorf("it took %d MiB and %v", peak>>10, took)
			}
		})
	}
}

// bombed is the folder of a saved run, or of a killed one where the file is of
// such, with one file in the place of another.
func bombed(t *testing.T, file string, text []byte) string {
	t.Helper()
	dir, r := saved(t)
	r.ID, r.Load.Planned = "r1", MaxRequests
	if file == streamFile || file == IntentsFile {
		dir = streamed(t)
	} else if err := saveAll(dir, r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if file == historyFile || file == auditFile {
		vouched(t, dir)
	}
	return dir
}
