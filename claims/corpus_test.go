package claims

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/holdfast-lab/holdfast/results"
)

// updateCorpus recreates the corpus: go test ./claims -run TestCorpus
// -update-corpus. The stored corpus is the reference: a change of the generator
// does not change the histories that are judged.
var updateCorpus = flag.Bool("update-corpus", false, "make testdata/corpus anew, from its seed")

// The size of the corpus per claim, and the seed of the generator.
const (
	corpusSize = 520
	corpusSeed = 20261124
)

// plant creates histories whose label is known by construction: of a simulated
// system that keeps its promise (held), of such a system with exactly one
// error, which has a name (broken), or of one that lacks what a proof requires
// (unproven). No checker is used.
type plant struct {
	name string
	want results.Outcome
	make func(*gen) (Claim, *results.Run, bool) // false: the history has nothing to make the error in; try again
}

// corpora lists the plants of each claim's corpus.
var corpora = map[string][]plant{
	"bank":                      bankPlants,
	"convergence":               convergencePlants,
	"counter":                   counterPlants,
	"fails-entirely":            failsPlants,
	"honest-clock":              clockPlants,
	"keeps-acknowledged-writes": keepsPlants,
	"linearizable":              linearizablePlants,
	"monotonic-reads":           monotonicReadsPlants,
	"monotonic-writes":          monotonicWritesPlants,
	"not-applied-twice":         twicePlants,
	"one-primary":               primaryPlants,
	"queue":                     queuePlants,
	"read-your-writes":          ownWritesPlants,
	"reads-not-stale":           notStalePlants,
	"recovers":                  recoversPlants,
	"responds":                  respondsPlants,
	"session-kept":              sessionPlants,
	"slow-bounded":              slowPlants,
	"spread-evenly":             spreadPlants,
	"unique-ids":                idPlants,
	"unreachable":               unreachablePlants,
}

// gen generates the histories.
type gen struct{ *rand.Rand }

// from is a random integer from lo to hi, both included.
func (g *gen) from(lo, hi int) int { return lo + g.IntN(hi-lo+1) }

// one is a random position for which good is true.
func (g *gen) one(n int, good func(int) bool) (int, bool) {
	var all []int
	for i := range n {
		if good(i) {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	return all[g.IntN(len(all))], true
}

// labelled is one history of the corpus; its requests follow it, one per line.
type labelled struct {
	Name     string
	Want     results.Outcome
	Claim    json.RawMessage
	Finished bool
	Load     results.Load
	Faults   []results.Fault      `json:",omitempty"`
	Roles    []results.RoleSample `json:",omitempty"`
	Nodes    []results.Node       `json:",omitempty"`
	Reaches  []results.Reach      `json:",omitempty"`
	Final    *results.Audit       `json:",omitempty"`
	Requests int
}

// TestCorpus judges every history of the stored corpus.
func TestCorpus(t *testing.T) {
	if *updateCorpus {
		for name, plants := range corpora {
			freeze(t, name, plants)
		}
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			labels, outcomes, unanswered := map[string]int{}, map[results.Outcome]int{}, 0
			thaw(t, name, func(n int, l labelled, r *results.Run) {
				c, _ := New(name)
				if err := json.Unmarshal(l.Claim, c); err != nil {
					t.Fatal(err)
				}
				if v := c.Check(r); v.Outcome != l.Want {
					t.Errorf("history %d, %s: %v (%s), want %v", n, l.Name, v.Outcome, v.Why, l.Want)
				}
				labels[l.Name]++
				outcomes[l.Want]++
				if slices.ContainsFunc(r.Requests, open) {
					unanswered++
				}
			})
			total := outcomes[results.Held] + outcomes[results.Broken] + outcomes[results.Unproven]
			if total < 500 || outcomes[results.Held] < 50 || outcomes[results.Broken] < 50 || outcomes[results.Unproven] < 50 || unanswered < 100 {
				t.Errorf("too few: %v, %d with unanswered requests", labels, unanswered)
			}
			t.Logf("%d histories: %v", total, labels)
		})
	}
}

func corpusFile(name string) string {
	return filepath.Join("testdata", "corpus", name+".txt.zst")
}

// freeze creates the histories of a claim and writes them to a file.
func freeze(t *testing.T, name string, plants []plant) {
	t.Helper()
	hash := fnv.New64a()
	hash.Write([]byte(name))
	g := &gen{rand.New(rand.NewPCG(corpusSeed, hash.Sum64()))}
	var b strings.Builder
	for n := range corpusSize {
		p := plants[n%len(plants)]
		c, r, ok := p.make(g)
		for try := 0; !ok; try++ {
			if try == 1000 {
				t.Fatalf("%s: %s cannot be made", name, p.name)
			}
			c, r, ok = p.make(g)
		}
		claim, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		head, err := json.Marshal(labelled{p.name, p.want, claim, r.Finished, r.Load, r.Faults, r.Roles, r.Nodes, r.Reaches, r.Final, len(r.Requests)})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(head, '\n'))
		last := time.Duration(0)
		for _, q := range r.Requests {
			line := fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s", q.Operation, q.Key, q.Value,
				(q.Intended - last).Milliseconds(), (q.Sent - q.Intended).Milliseconds(), (q.Done - q.Sent).Milliseconds(),
				q.Fate, q.Client, q.Status, q.Server, q.Store)
			b.WriteString(strings.TrimRight(line, "\t") + "\n")
			last = q.Intended
		}
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(corpusFile(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(corpusFile(name), z.EncodeAll([]byte(b.String()), nil), 0o644); err != nil {
		t.Fatal(err)
	}
}

// thaw reads the histories of a claim, one after another.
func thaw(t *testing.T, name string, each func(int, labelled, *results.Run)) {
	t.Helper()
	f, err := os.Open(corpusFile(name))
	if err != nil {
		t.Fatalf("no corpus: %v", err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("history %d: %v", n, err)
		}
		r := &results.Run{Finished: l.Finished, Load: l.Load, Faults: l.Faults, Roles: l.Roles, Nodes: l.Nodes, Reaches: l.Reaches, Final: l.Final}
		last := time.Duration(0)
		for seq := range l.Requests {
			if !lines.Scan() {
				t.Fatalf("history %d is cut off", n)
			}
			q, err := request(lines.Text(), last)
			if err != nil {
				t.Fatalf("history %d: %v", n, err)
			}
			q.Seq, last = uint64(seq), q.Intended
			r.Requests = append(r.Requests, q)
		}
		each(n, l, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// request parses a line of the corpus.
func request(line string, last time.Duration) (q results.Request, err error) {
	f := strings.Split(line, "\t")
	if len(f) < 9 {
		return q, fmt.Errorf("read request: %q is too short", line)
	}
	var n [6]int
	for i := range n {
		if n[i], err = strconv.Atoi(f[3+i]); err != nil {
			return q, fmt.Errorf("read request: %w", err)
		}
	}
	f = append(f, "", "")
	q = results.Request{Operation: f[0], Key: f[1], Value: f[2], Fate: results.Fate(n[3]), Client: n[4], Status: n[5], Server: f[9], Store: f[10]}
	q.Intended = last + millis(n[0])
	q.Sent = q.Intended + millis(n[1])
	q.Done = q.Sent + millis(n[2])
	return q, nil
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// sealed is a complete record of the requests, which it sorts.
func sealed(h results.History) *results.Run {
	slices.SortStableFunc(h, func(a, b results.Request) int { return int(a.Intended - b.Intended) })
	for i := range h {
		h[i].Seq = uint64(i)
	}
	r := story(h...)
	if len(h) > 0 {
		r.Load.For = h[len(h)-1].Intended + time.Millisecond
	}
	return r
}
