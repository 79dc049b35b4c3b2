//go:build bench

package holdfast

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// memoryFor is how long the driver's memory is watched.
var memoryFor = flag.Duration("memory-for", 10*time.Minute, "how long the driver's memory is watched")

// figure is one measured figure beside its named baseline, measured in the same run.
type figure struct {
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Ours     []float64 `json:"ours"`
	Baseline string    `json:"baseline"`
	Theirs   []float64 `json:"theirs"`
	Ratio    float64   `json:"ratio"`  // of the medians, ours to theirs
	Wanted   string    `json:"wanted"` // of the ratio: "at most 0.5", "at least 1.5", "none"
	Missed   bool      `json:"missed"`
}

// missed says whether the ratio is not as it is wanted.
func (f figure) missed() bool {
	var bound float64
	if _, err := fmt.Sscanf(f.Wanted, "at most %g", &bound); err == nil {
		return !(f.Ratio <= bound)
	}
	if _, err := fmt.Sscanf(f.Wanted, "at least %g", &bound); err == nil {
		return !(f.Ratio >= bound)
	}
	return false
}

func TestMain(m *testing.M) {
	topologies.WatchdogMain()
	os.Exit(m.Run())
}

// TestBench measures everything in one run, prints it, and keeps it under results/bench.
func TestBench(t *testing.T) {
	ctx := t.Context()
	tags, err := topologies.Build(ctx, topologies.ImagesOf(replication(t)), func(topologies.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	label := leash(t, tags)
	addr := nginx(t, tags["nginx"], label)
	vegeta := filepath.Join(t.TempDir(), "vegeta")
	if out, err := exec.Command("go", "build", "-o", vegeta, "github.com/tsenart/vegeta/v12").CombinedOutput(); err != nil {
		t.Fatalf("build vegeta's own command: %v\n%s", err, out)
	}
	figures := []figure{highestRate(t, addr, vegeta)}
	for _, rate := range []int{1000, 5000} {
		figures = append(figures, sendDelay(t, addr, vegeta, rate)...)
	}
	figures = append(figures, boot(t, tags, label), memory(t, addr))
	keep(t, figures)
}

func replication(t *testing.T) topologies.Topology {
	t.Helper()
	b, _ := topologies.Find("replication")
	top, err := b.Design(nil)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// leash starts a node that sleeps as long as the bench takes and gives the
// label of its run: what bears it is removed by the run's watchdog, or by
// `holdfast clean`, however the bench ends.
func leash(t *testing.T, tags map[string]string) (label string) {
	t.Helper()
	id := fmt.Sprintf("bench-%d", os.Getpid())
	c, err := topologies.Start(t.Context(), topologies.Topology{
		Name: "bench", Networks: []topologies.Network{{Name: "none", Internal: true}},
		Nodes: []topologies.Node{{Name: "leash", Image: "tools", Cmd: []string{"sleep", "infinity"}, CPU: 0.01, MemoryMiB: 16}},
	}, topologies.StartOptions{RunID: id, Images: tags})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return "holdfast.run=" + id
}

// nginx serves a small file on a free port of the host's loopback.
func nginx(t *testing.T, tag, label string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	conf := filepath.Join(t.TempDir(), "nginx.conf")
	text := `worker_processes 1; daemon off; pid /var/tmp/nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000;
  server { listen ` + addr + `; location / { default_type application/json; return 200 '{"id":"1","value":"seed"}'; } } }
`
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("docker", "run", "-d", "--network", "host", "--label", label,
		"-v", conf+":/etc/bench.conf:ro", "--entrypoint", "nginx", tag, "-c", "/etc/bench.conf").Output()
	if err != nil {
		t.Fatalf("start nginx: %v", err)
	}
	id := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", "-v", id).Run() })
	for end := time.Now().Add(10 * time.Second); ; {
		if r, err := http.Get("http://" + addr + "/"); err == nil {
			r.Body.Close()
			return addr
		}
		if time.Now().After(end) {
			t.Fatal("nginx does not answer")
		}
	}
}

// ours fires an attack of reads and gives what came of every request.
func ours(t *testing.T, addr string, rate, inFlight int, length time.Duration) (results.History, time.Duration) {
	t.Helper()
	a := targets.Attack{For: length, Timeout: 5 * time.Second, MaxInFlight: inFlight, Mix: targets.Mix{"read": 1}, Keys: targets.Keys{Users: 1}, Seed: 4711} // nginx knows user 1 only
	a.Rate.Constant = targets.PerSecond(rate)
	var h results.History
	began := time.Now()
	_, err := a.Fire(t.Context(), targets.Entry{RunID: "bench", Addr: func(context.Context) (string, error) { return addr, nil }},
		began, func(q results.Request) { h = append(h, q) })
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	for _, q := range h {
		if q.Fate != results.Answered && q.Fate != results.Unsent {
			t.Fatalf("a request of the bench was not answered, so it measures something else: %+v", q)
		}
	}
	return h, took
}

// theirs runs vegeta's own command and gives its results as they stand in the file.
func theirs(t *testing.T, vegeta, addr string, rate int, length time.Duration, flags ...string) []hit {
	t.Helper()
	args := append([]string{"attack", "-rate", strconv.Itoa(rate), "-duration", length.String()}, flags...)
	attack := exec.Command(vegeta, args...)
	attack.Stdin = strings.NewReader("GET http://" + addr + "/users/1\n")
	raw, err := attack.Output()
	if err != nil {
		t.Fatalf("vegeta attack: %v", err)
	}
	encode := exec.Command(vegeta, "encode", "-to", "json")
	encode.Stdin = bytes.NewReader(raw)
	text, err := encode.Output()
	if err != nil {
		t.Fatalf("vegeta encode: %v", err)
	}
	var hits []hit
	s := bufio.NewScanner(bytes.NewReader(text))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var h hit
		if err := json.Unmarshal(s.Bytes(), &h); err != nil {
			t.Fatal(err)
		}
		hits = append(hits, h)
	}
	return hits
}

// hit is one result of vegeta.
type hit struct {
	Seq       uint64
	Code      int
	Timestamp time.Time
	Latency   time.Duration
}

const rounds = 3 // of each side, in turn, so that a noisy minute hits both

// highestRate is how many answers a second 64 connections get.
func highestRate(t *testing.T, addr, vegeta string) figure {
	f := figure{What: "highest rate, 64 connections", Unit: "/s", Baseline: "vegeta attack -rate 0 -max-workers 64", Wanted: "at least 1.5"}
	const length = 8 * time.Second
	for range rounds {
		h, took := ours(t, addr, 400_000, 64, length)
		answered := 0
		for _, q := range h {
			if q.Fate == results.Answered && q.Done <= length {
				answered++
			}
		}
		f.Ours = append(f.Ours, float64(answered)/min(took, length).Seconds())
		hits := theirs(t, vegeta, addr, 0, length, "-max-workers", "64", "-workers", "64", "-connections", "64")
		var last time.Time
		ok := 0
		for _, r := range hits {
			if r.Code == 200 {
				ok++
			}
			if end := r.Timestamp.Add(r.Latency); end.After(last) {
				last = end
			}
		}
		f.Theirs = append(f.Theirs, float64(ok)/last.Sub(hits[0].Timestamp).Seconds())
	}
	return f
}

// sendDelay is how late requests leave. Vegeta does not say when its schedule
// began, so its most punctual request is taken to have been on time: that flatters it.
func sendDelay(t *testing.T, addr, vegeta string, rate int) []figure {
	name := func(p string) figure {
		return figure{What: fmt.Sprintf("send delay %s at %d/s", p, rate), Unit: "ms", Wanted: "at most 0.5",
			Baseline: fmt.Sprintf("vegeta attack -rate %d", rate)}
	}
	p50, p99 := name("p50"), name("p99")
	for range rounds {
		h, _ := ours(t, addr, rate, 0, 10*time.Second)
		var mine []float64
		for _, q := range h {
			mine = append(mine, ms(q.Delay()))
		}
		var late []time.Duration
		hits := theirs(t, vegeta, addr, rate, 10*time.Second)
		for _, r := range hits {
			late = append(late, r.Timestamp.Sub(hits[0].Timestamp)-time.Duration(r.Seq)*time.Second/time.Duration(rate))
		}
		punctual := slices.Min(late)
		var other []float64
		for _, d := range late {
			other = append(other, ms(d-punctual))
		}
		p50.Ours, p99.Ours = append(p50.Ours, quantile(mine, .5)), append(p99.Ours, quantile(mine, .99))
		p50.Theirs, p99.Theirs = append(p50.Theirs, quantile(other, .5)), append(p99.Theirs, quantile(other, .99))
	}
	return []figure{p50, p99}
}

// boot is how long the replication takes until every node is ready, beside
// `docker run` of the same containers at once, which waits for nothing.
func boot(t *testing.T, tags map[string]string, label string) figure {
	f := figure{What: "boot of replication until ready", Unit: "s", Baseline: "docker run -d of the same containers at once", Wanted: "none"}
	top := replication(t)
	for i := range rounds {
		began := time.Now()
		c, err := topologies.Start(t.Context(), top, topologies.StartOptions{RunID: fmt.Sprintf("bench-%d-%d", os.Getpid(), i), Images: tags})
		if err != nil {
			t.Fatal(err)
		}
		f.Ours = append(f.Ours, time.Since(began).Seconds())
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.Theirs = append(f.Theirs, dockerRun(t, top, tags, label).Seconds())
	}
	return f
}

// dockerRun starts the same images with the same limits at once, and removes them.
func dockerRun(t *testing.T, top topologies.Topology, tags map[string]string, label string) time.Duration {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var ids []string
	began := time.Now()
	for _, n := range top.Nodes {
		wg.Go(func() {
			out, err := exec.Command("docker", "run", "-d", "--init", "--label", label, "--cpus", fmt.Sprint(n.CPU),
				"--memory", fmt.Sprintf("%dm", n.MemoryMiB), "--entrypoint", "sleep", tags[n.Image], "600").Output()
			if err != nil {
				t.Errorf("docker run %s: %v", n.Image, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, strings.TrimSpace(string(out)))
		})
	}
	wg.Wait()
	took := time.Since(began)
	if err := exec.Command("docker", append([]string{"rm", "-f", "-v"}, ids...)...).Run(); err != nil {
		t.Error(err)
	}
	return took
}

// memory watches the driver: the heap in use, after a collection, in the first
// and in the last fifth of a long attack at 1 000/s. What a run keeps of each
// request is not in it: that grows with the number of requests, which is
// bounded and checked before a run begins.
func memory(t *testing.T, addr string) figure {
	f := figure{What: fmt.Sprintf("driver's memory over %v at 1000/s, records aside", *memoryFor), Unit: "MiB", Baseline: "the same, in the first fifth", Wanted: "at most 1.1"}
	a := targets.Attack{For: *memoryFor, Timeout: 5 * time.Second, Mix: targets.Mix{"read": 1}, Keys: targets.Keys{Users: 1}, Seed: 4711} // nginx knows user 1 only
	a.Rate.Constant = 1000
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		_, err := a.Fire(t.Context(), targets.Entry{RunID: "bench", Addr: func(context.Context) (string, error) { return addr, nil }},
			began, func(results.Request) {})
		done <- err
	}()
	tick := time.NewTicker(*memoryFor / 50)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return f
		case <-tick.C:
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			in := float64(m.HeapInuse+m.StackInuse) / (1 << 20)
			switch at := time.Since(began); {
			case at < *memoryFor/5:
				f.Theirs = append(f.Theirs, in)
			case at > *memoryFor*4/5:
				f.Ours = append(f.Ours, in)
			}
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the q-quantile by the nearest rank; the slice is sorted by it.
func quantile(v []float64, q float64) float64 {
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

// keep prints the figures and writes all of them down.
func keep(t *testing.T, figures []figure) {
	t.Helper()
	fmt.Printf("\n  %-54s %10s %10s %7s   %-12s beside\n", "", "ours", "theirs", "ratio", "wanted")
	for i := range figures {
		f := &figures[i]
		mine, other := quantile(slices.Clone(f.Ours), .5), quantile(slices.Clone(f.Theirs), .5)
		f.Ratio = mine / other
		mark := "✓"
		if f.Missed = f.missed(); f.Missed {
			mark = "✗"
			t.Errorf("%s: %.2f of %s, wanted %s", f.What, f.Ratio, f.Baseline, f.Wanted)
		}
		fmt.Printf("%s %-54s %10.3g %10.3g %7.2f   %-12s %s\n", mark, f.What+", "+f.Unit, mine, other, f.Ratio, f.Wanted, f.Baseline)
	}
	record := map[string]any{"at": time.Now().UTC(), "cpus": runtime.NumCPU(), "go": runtime.Version(), "figures": figures}
	b, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join("results", "bench")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, time.Now().UTC().Format("20060102T150405Z")+".json")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nevery single figure: %s\n", path)
}
