package targets

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/holdfast-lab/holdfast/results"
)

// lean starts the server and gives its address.
func lean(b *testing.B) string {
	b.Helper()
	addr, stop, err := StartLean()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	return addr
}

// ours attacks with this package and gives the rate achieved and the delays of
// sending.
func ours(b *testing.B, addr string, rate PerSecond, slots int, length time.Duration) (perSecond float64, delays []time.Duration) {
	a := Attack{Rate: Rate{Constant: rate}, For: length, Timeout: 10 * time.Second, MaxInFlight: slots, Mix: Mix{"read": 1}, Keys: Keys{Users: 1}}
	delays = make([]time.Duration, 0, a.Planned())
	var answered int
	var last time.Duration
	_, err := a.Fire(b.Context(), at(addr), time.Now(), func(q results.Request) {
		if q.Fate == results.Answered {
			answered++
		}
		last = max(last, q.Done)
		delays = append(delays, q.Delay())
	})
	if err != nil || answered < len(delays) {
		b.Fatalf("%d of %d answered, %v", answered, len(delays), err)
	}
	return float64(answered) / last.Seconds(), delays
}

// theirs attacks with vegeta's library as it comes: net/http, its constant
// pacer, and nothing done with the results but counting.
func theirs(b *testing.B, addr string, rate int, slots int, total uint64) (perSecond float64, delays []time.Duration) {
	// The transport that vegeta makes for itself, kept to be closed at the end.
	transport := &http.Transport{MaxIdleConnsPerHost: vegeta.DefaultConnections}
	defer transport.CloseIdleConnections()
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: transport, Timeout: 10 * time.Second})}
	if slots > 0 {
		options = append(options, vegeta.MaxWorkers(uint64(slots)), vegeta.Workers(uint64(slots)))
	}
	attacker := vegeta.NewAttacker(options...)
	url := "http://" + addr + "/users/1"
	targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
	pacer := stopAfter{vegeta.Rate{Freq: rate, Per: time.Second}, total}
	began := time.Now()
	var answered int
	for r := range attacker.Attack(targeter, pacer, 0, "") {
		if r.Code == 200 {
			answered++
		}
		intended := began.Add(time.Duration(r.Seq) * time.Second / time.Duration(rate))
		delays = append(delays, r.Timestamp.Sub(intended))
	}
	if answered < len(delays) {
		b.Fatalf("vegeta: %d of %d answered", answered, len(delays))
	}
	return float64(answered) / time.Since(began).Seconds(), delays
}

// command attacks with vegeta's own command for 2 s, as fast as it can.
func command(b *testing.B, addr string, slots int) (perSecond float64) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "results.gob")
	attack := exec.Command("go", "tool", "vegeta", "attack", "-rate=0", "-duration=2s", "-output="+file,
		fmt.Sprintf("-max-workers=%d", slots), fmt.Sprintf("-workers=%d", slots))
	attack.Stdin = strings.NewReader("GET http://" + addr + "/users/1\n")
	if out, err := attack.CombinedOutput(); err != nil {
		b.Fatalf("vegeta attack: %v: %s", err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var m vegeta.Metrics
	for decode := vegeta.NewDecoder(f); ; {
		var r vegeta.Result
		if decode.Decode(&r) != nil {
			break
		}
		m.Add(&r)
	}
	m.Close()
	if m.Success < 1 {
		b.Fatalf("vegeta attack: %v of the requests succeeded", m.Success)
	}
	return m.Throughput
}

// stopAfter ends vegeta's pacer after a number of requests.
type stopAfter struct {
	vegeta.Pacer
	total uint64
}

func (s stopAfter) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= s.total {
		return 0, true
	}
	return s.Pacer.Pace(elapsed, hits)
}

// turns is how often ours and theirs take turns, so that a neighbour on the
// machine disturbs both; the median of each counts.
const turns = 3

// BenchmarkAttack64 is the highest rate with 64 connections against a server on
// this machine.
func BenchmarkAttack64(b *testing.B) {
	addr := lean(b)
	for range b.N {
		var we, they, cmd []float64
		command(b, addr, 64) // builds it
		for range turns {
			const total = 60_000
			cmd = append(cmd, command(b, addr, 64))
			rate, _ := theirs(b, addr, 1_000_000, 64, total)
			they = append(they, rate)
			rate, _ = ours(b, addr, 1_000_000, 64, total*time.Microsecond)
			we = append(we, rate)
		}
		b.ReportMetric(median(we), "requests/s")
		b.ReportMetric(median(they), "library-requests/s")
		b.ReportMetric(median(cmd), "command-requests/s")
		b.ReportMetric(median(we)/median(they), "x-library")
		b.ReportMetric(median(we)/median(cmd), "x-command")
	}
}

// BenchmarkSendDelay is how late requests leave at a moderate rate.
func BenchmarkSendDelay(b *testing.B) {
	addr := lean(b)
	for _, rate := range []int{1000, 5000} {
		b.Run(strconv.Itoa(rate), func(b *testing.B) {
			for range b.N {
				var we, they [2][]float64 // p50, p99
				for range turns {
					_, d := theirs(b, addr, rate, 0, uint64(rate))
					they[0], they[1] = append(they[0], quantile(d, 0.5)), append(they[1], quantile(d, 0.99))
					_, d = ours(b, addr, PerSecond(rate), 0, time.Second)
					we[0], we[1] = append(we[0], quantile(d, 0.5)), append(we[1], quantile(d, 0.99))
				}
				for i, name := range []string{"p50", "p99"} {
					b.ReportMetric(median(we[i]), name+"-ms")
					b.ReportMetric(median(they[i]), "vegeta-"+name+"-ms")
					b.ReportMetric(median(we[i])/median(they[i]), name+"-of-vegeta")
				}
			}
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// quantile is in ms.
func quantile(d []time.Duration, q float64) float64 {
	slices.Sort(d)
	return float64(d[int(q*float64(len(d)))]) / float64(time.Millisecond)
}
