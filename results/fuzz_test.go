package results

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each reader of results is fuzzed: it neither panics nor costs more than 2 s and
// 256 MiB, and what it accepts is what Holdfast would write. For longer, under a
// memory limit and one target at a time:
//
//	(ulimit -v 8000000; GOMEMLIMIT=2GiB go test ./results -run '^$' -fuzz '^FuzzHistory$' -fuzztime 1h -parallel 1)

// mostText is as much as a fuzzer tries.
const mostText = 1 << 20

// cheap fails where a function takes too long or allocates too much.
func cheap(t *testing.T, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	f()
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 256<<20 || took > 2*time.Second {
		t.Errorf("it took %v and %d MiB", took, cost>>20)
	}
}

// sizeOf is how large a file would be that unpacks to so much.
func sizeOf(text []byte) int64 { return int64(len(text)) / unpackedRatio }

// seeds gives a fuzzer the files of a saved run, whole and in halves.
func seeds(f *testing.F, all ...[]byte) {
	f.Helper()
	for _, text := range all {
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
}

// savedFile is a file of a run like those of real systems.
func savedFile(f *testing.F, name string) []byte {
	f.Helper()
	dir := f.TempDir()
	r := promoted()
	r.Requests = r.Requests[:20]
	r.Load.Planned, r.Plan = 20, json.RawMessage(`{"claims":[{"recovers":{"within":"20s"}}]}`)
	r.Final = &Audit{At: time.Second, Stable: true, Stores: []Store{{Node: "pg-1", Role: "primary", Values: map[string][]string{"write": {"r1-1", "seed"}}}, {Node: "pg-2", Err: "gone"}}}
	if err := saveAll(dir, r); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		f.Fatal(err)
	}
	return b
}

func FuzzRun(f *testing.F) {
	seeds(f, savedFile(f, runFile), []byte(strings.Repeat("[", 100)), []byte(`{"schema":1,"faults":[{},{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		cheap(t, func() {
			r, err := readRun(text)
			if err != nil {
				return
			}
			Report(io.Discard, r, Style{})
			if err := writePage(io.Discard, r); err != nil {
				t.Error(err)
			}
			again, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := readRun(again); err != nil {
				t.Errorf("written again it is refused: %v", err)
			}
		})
	})
}

func FuzzHistory(f *testing.F) {
	var b bytes.Buffer
	r := promoted()
	r.Requests = r.Requests[:20]
	if err := r.writeHistory(&b); err != nil {
		f.Fatal(err)
	}
	seeds(f, b.Bytes(), []byte("{}\n"), []byte(`{"Seq":0,"Operation":"\u003c"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		cheap(t, func() {
			r := Run{Load: Load{Planned: MaxRequests}}
			if r.takeHistory(bytes.NewReader(text), sizeOf(text)) != nil {
				return
			}
			var again bytes.Buffer
			if err := r.writeHistory(&again); err != nil || !bytes.Equal(again.Bytes(), text) {
				t.Errorf("read %q, written %q", text, &again)
			}
			Report(io.Discard, &r, Style{})
		})
	})
}

// FuzzFrames reads anything as the compressed history of a run that was killed.
func FuzzFrames(f *testing.F) {
	dir := f.TempDir()
	s, err := OpenStream(dir)
	if err != nil {
		f.Fatal(err)
	}
	for n := range 3 {
		if err := s.Write(Batch{}, promoted().Requests[10*n:10*n+10]); err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	frames, err := os.ReadFile(filepath.Join(dir, historyFile))
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, frames, savedFile(f, historyFile))
	f.Fuzz(func(t *testing.T, packed []byte) {
		if len(packed) > mostText {
			return
		}
		cheap(t, func() {
			r := Run{Load: Load{Planned: 1000}}
			if r.takeFrames(bytes.NewReader(packed), int64(len(packed))) != nil {
				return
			}
			for i := 1; i < len(r.Requests); i++ {
				if r.Requests[i].Seq <= r.Requests[i-1].Seq {
					t.Errorf("request %d follows %d", r.Requests[i].Seq, r.Requests[i-1].Seq)
				}
			}
		})
	})
}

func FuzzAudit(f *testing.F) {
	text := []byte(`{"at":1000,"stable":true,"stores":[{"node":"pg-1","role":"primary","values":{"write":["r1-1","seed","\u00e9"],"post":[]}},{"node":"pg-2","role":"","values":null,"error":"gone"}]}` + "\n")
	seeds(f, text, []byte("null\n"), []byte(`{"stores":[{"values":{"a":["",""]}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		take := func(text []byte) (*Audit, error) {
			var r Run
			err := r.takeAudit(&capped{r: bytes.NewReader(text), left: int64(len(text)) + 1, piece: math.MaxInt64}, sizeOf(text))
			return r.Final, err
		}
		cheap(t, func() {
			a, err := take(text)
			if err != nil {
				return
			}
			written, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			again, err := take(written)
			if d := cmp.Diff(a, again); d != "" || err != nil {
				t.Errorf("written again: %v %s", err, d)
			}
		})
	})
}

func FuzzCalibration(f *testing.F) {
	seeds(f, []byte(`{"schema":1,"at":"2026-11-25T12:00:00Z","host":"h","cpus":2,"noise":{"plays":6,"p50":{"least":1000000,"most":1100000},"p95":{"least":1,"most":2},"p99":{"least":1,"most":2},"share":[1,1]},"timer":{"ticks":5,"p50":1,"p99":2,"max":3},"highest_rate":1000}`),
		[]byte(`{"noise":{"p50":{"least":-1}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		cheap(t, func() {
			c, err := readCalibration(text)
			if err != nil {
				return
			}
			for _, q := range []float64{0.5, 0.95, 0.99, 1} {
				if c.Floor(q, maxLatency) < 0 {
					t.Errorf("the floor of %v is negative: %+v", q, c)
				}
			}
			c.Report(io.Discard, "")
		})
	})
}

// FuzzTimeline reads anything as timeline.ndjson.
func FuzzTimeline(f *testing.F) {
	seeds(f, []byte(`{"start":{"id":"r1","began":"2026-11-25T12:00:00Z"},"at":0}
{"at":500000000,"events":[{"at":1,"kind":"attack-began","text":"50/s for 12s"}],"roles":[{"at":2,"node":"pg-1","role":"primary","term":1}]}
{"at":600000000,"faults":[{"step":0,"name":"kill","targets":["pg-1"],"asked":5,"effect":6,"witness":"exited 137","in_flight":1}]}
`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, streamFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		cheap(t, func() {
			r := Run{ID: "r1"}
			if r.readStream(dir) == nil {
				Report(io.Discard, &r, Style{})
			}
		})
	})
}

// FuzzIntents reads anything as intents.ndjson.
func FuzzIntents(f *testing.F) {
	seeds(f, []byte(`{"at":"2026-11-25T13:38:43Z","step":0,"state":"asked","what":"kill","whom":["web-1"],"undo":"start web-1"}
{"at":"2026-11-25T13:38:44Z","step":0,"state":"in effect","what":"kill","whom":["web-1"],"undo":"start web-1","text":"web-1 exited 137"}
`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > mostText {
			return
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, IntentsFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		cheap(t, func() {
			r, at := Run{Began: time.Date(2026, 11, 25, 13, 38, 0, 0, time.UTC)}, time.Duration(0)
			if r.readIntents(dir, &at) != nil {
				return
			}
			if err := r.sane(); err != nil {
				t.Errorf("the faults cannot be: %v", err)
			}
			r.killed(at)
		})
	})
}
