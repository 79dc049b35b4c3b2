package targets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-lab/holdfast/results"
)

func TestMain(m *testing.M) {
	stalledMain()
	LeanMain()
	goleak.VerifyTestMain(m)
}

// site answers as the reference site does, after gate.
func site(gate func(*http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gate != nil {
			gate(r)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Holdfast-Server", "web-1")
		w.Header().Set("X-Holdfast-Store", "pg-1")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		fmt.Fprintf(w, `{"id":%q,"value":"seed"}`, strings.TrimPrefix(r.URL.Path, "/users/"))
	})
}

func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// at is an entry at a fixed address.
func at(addr string) Entry {
	return Entry{RunID: "r1", Addr: func(context.Context) (string, error) { return addr, nil }}
}

func entry(s *httptest.Server) Entry { return at(s.Listener.Addr().String()) }

// brief is a short attack.
func brief(rate PerSecond, length time.Duration) Attack {
	return Attack{
		Rate: Rate{Constant: rate}, For: length, Timeout: 2 * time.Second,
		Mix: Mix{"read": 0.5, "write": 0.3, "post": 0.1, "list": 0.05, "static": 0.05}, Seed: 7,
	}
}

// fire attacks, and holds that every planned request was reported exactly once
// with times that make sense. The requests come back in the order of Seq.
func fire(t testing.TB, ctx context.Context, a Attack, e Entry) ([]results.Request, results.Load, error) {
	t.Helper()
	if errs := a.Check(); len(errs) > 0 {
		t.Fatal(errs)
	}
	var all []results.Request
	var inside atomic.Int32
	load, err := a.Fire(ctx, e, time.Now(), func(q results.Request) {
		if inside.Add(1) != 1 {
			t.Error("each was called while it was being called")
		}
		all = append(all, q)
		inside.Add(-1)
	})
	slices.SortFunc(all, func(x, y results.Request) int { return int(x.Seq) - int(y.Seq) })
	if uint64(len(all)) != a.Planned() || load.Planned != a.Planned() {
		t.Fatalf("%d requests reported and load says %d; planned were %d", len(all), load.Planned, a.Planned())
	}
	for n, q := range all {
		switch {
		case q.Seq != uint64(n):
			t.Fatalf("request %d came %dth: one came twice", q.Seq, n)
		case q.Intended != a.Intended(q.Seq):
			t.Errorf("request %d intended at %v, not %v", n, q.Intended, a.Intended(q.Seq))
		case q.Fate == results.Unsent && (q.Sent != 0 || q.Done != 0 || q.Error == ""):
			t.Errorf("an unsent request has times, or no reason: %+v", q)
		case q.Fate != results.Unsent && (q.Sent < q.Intended || q.Done < q.Sent):
			t.Errorf("times in the wrong order: %+v", q)
		case (q.Fate == results.Answered) != (q.Error == ""):
			t.Errorf("fate and error disagree: %+v", q)
		}
	}
	return all, load, err
}

// fates counts the requests by fate and error.
func fates(all []results.Request) map[string]int {
	m := map[string]int{}
	for _, q := range all {
		m[strings.TrimSpace(q.Fate.String()+" "+q.Error)]++
	}
	return m
}

func TestFireAsksForWhatIsPlanned(t *testing.T) {
	var mu sync.Mutex
	got := map[string]int{}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got[r.Method+" "+r.URL.Path+" "+string(body)]++
		mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(""))
		site(nil).ServeHTTP(w, r)
	}))
	gauge := new(Gauge)
	e := entry(s)
	e.Gauge = gauge
	a := brief(400, time.Second)
	all, load, err := fire(t, t.Context(), a, e)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, q := range all {
		line := map[string]string{
			"read": "GET /users/" + q.Key + " ", "list": "GET /users/" + q.Key + "/posts ", "static": "GET /static/small.txt ",
			"write": "PUT /users/" + q.Key + ` {"value":"` + q.Value + `"}`,
			"post":  "POST /users/" + q.Key + `/posts {"value":"` + q.Value + `"}`,
		}[q.Operation]
		want[line]++
		value := map[string]string{"read": "seed", "write": fmt.Sprintf("r1-%d", q.Seq), "post": fmt.Sprintf("r1-%d", q.Seq)}[q.Operation]
		if q.Fate != results.Answered || q.Value != value || q.Server != "web-1" || q.Store != "pg-1" {
			t.Errorf("%+v", q)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the server saw %v, planned were %v", got, want)
	}
	if gauge.Now() != 0 || load.MaxInFlight != 1200 || load.CPUShare <= 0 || load.HeartbeatP999 <= 0 {
		t.Errorf("gauge %d, load %+v", gauge.Now(), load)
	}
}

// TestFireCountsFromTheIntendedInstant is the law of a freeze of F in T under an
// open loop: the response at quantile q is F - T(1-q), though with one request in
// flight only one of them saw a slow server.
func TestFireCountsFromTheIntendedInstant(t *testing.T) {
	const F, T = 600 * time.Millisecond, 3 * time.Second
	for _, slots := range []int{1, 0} {
		var began atomic.Pointer[time.Time]
		s := serve(t, site(func(*http.Request) {
			now := time.Now()
			began.CompareAndSwap(nil, &now)
			if in := now.Sub(*began.Load()); in > time.Second && in < time.Second+F {
				time.Sleep(time.Second + F - in)
			}
		}))
		a := brief(100, T)
		a.MaxInFlight = slots
		all, _, err := fire(t, t.Context(), a, entry(s))
		if err != nil || fates(all)["answered"] != len(all) {
			t.Fatal(err, fates(all))
		}
		quantile := func(of func(results.Request) time.Duration, q float64) time.Duration {
			var ds []time.Duration
			for _, r := range all {
				ds = append(ds, of(r))
			}
			slices.Sort(ds)
			return ds[int(q*float64(len(ds)))]
		}
		for _, q := range []float64{0.9, 0.95, 0.99} {
			law := F - time.Duration(float64(T)*(1-q))
			// A busy machine only adds; requests leave 10 ms apart.
			if got := quantile(results.Request.Response, q); got < law-20*time.Millisecond {
				t.Errorf("%d slots: response at %v is %v, less than %v", slots, q, got, law)
			}
		}
		if got := quantile(results.Request.Service, 0.95); slots == 1 && got > 200*time.Millisecond {
			t.Errorf("service p95 %v: the test froze nothing that one request in flight would hide", got)
		}
		if got := quantile(results.Request.Delay, 0.95); slots == 1 && got < F-time.Duration(float64(T)*0.05)-20*time.Millisecond {
			t.Errorf("delay p95 %v: waiting for a slot is not counted", got)
		}
	}
}

// TestFireReportsWhatNeverLeft holds the one slot until the end.
// TestClosedLoopLeavesOutTheWait: where a client waits for its answer before it
// asks again, a stall of the server is one slow request, and the requests that it
// kept from leaving look as quick as ever.
func TestClosedLoopLeavesOutTheWait(t *testing.T) {
	const stall = 400 * time.Millisecond
	for _, c := range []struct {
		loop string
		slow func(n int) bool
	}{
		{Open, func(n int) bool { return n > 20 }},
		{Closed, func(n int) bool { return n == 1 }},
	} {
		var once sync.Once
		s := serve(t, site(func(*http.Request) { once.Do(func() { <-time.After(stall) }) }))
		a := brief(100, 800*time.Millisecond)
		a.Loop, a.MaxInFlight, a.Timeout = c.loop, 1, 2*time.Second
		slow, total := 0, 0
		load, err := a.Fire(t.Context(), entry(s), time.Now(), func(q results.Request) {
			total++
			if q.Response() > stall/4 {
				slow++
			}
			if c.loop == Closed && q.Intended != q.Sent {
				t.Errorf("request %d was due at %v and left at %v", q.Seq, q.Intended, q.Sent)
			}
		})
		if err != nil || total != 80 || !c.slow(slow) || load.Closed != (c.loop == Closed) {
			t.Errorf("%s: %d of %d were slow, closed: %v, %v", c.loop, slow, total, load.Closed, err)
		}
	}
}

func TestFireReportsWhatNeverLeft(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, site(func(*http.Request) { <-release }))
	defer close(release)
	a := brief(100, 300*time.Millisecond)
	a.Timeout, a.MaxInFlight = 200*time.Millisecond, 1
	all, _, err := fire(t, t.Context(), a, entry(s))
	if err != nil {
		t.Fatal(err)
	}
	got := fates(all)
	if got["unanswered timeout"] < 1 || got["unanswered timeout"] > 3 || got["unsent in-flight limit"]+got["unanswered timeout"] != 30 {
		t.Error(got)
	}
}

func TestFireEndsPromptlyWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var asked atomic.Int32
	release := make(chan struct{})
	s := serve(t, site(func(*http.Request) {
		if asked.Add(1) == 10 {
			cancel(errors.New("enough"))
		}
		<-release
	}))
	defer close(release)
	a := brief(100, time.Minute)
	a.Timeout = time.Minute
	start := time.Now()
	all, _, err := fire(t, ctx, a, entry(s))
	if err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("error %v does not say why", err)
	}
	if took := time.Since(start); took > 10*time.Second { // 0.1 s, but for a busy machine
		t.Errorf("ended after %v", took)
	}
	got := fates(all)
	if got["unanswered cancelled"] < 10 || got["unanswered cancelled"]+got["unsent cancelled"] != len(all) {
		t.Error(got)
	}
}

func TestFireContinuesWhileTheServerRestarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	first := &http.Server{}
	var asked atomic.Int32
	back, dead := make(chan *http.Server, 1), make(chan struct{})
	first.Handler = site(func(*http.Request) {
		if asked.Add(1) == 100 {
			go func() {
				_ = first.Close()
				time.Sleep(200 * time.Millisecond) // how long it is dead
				l, err := net.Listen("tcp", addr)
				if err != nil {
					t.Error(err)
				}
				second := &http.Server{Handler: site(nil)}
				back <- second
				_ = second.Serve(l)
			}()
			<-dead // this one never answers
		}
	})
	defer close(dead)
	go func() { _ = first.Serve(l) }()
	all, _, err := fire(t, t.Context(), brief(500, time.Second), at(addr))
	if err != nil {
		t.Fatal(err)
	}
	_ = (<-back).Close()
	got := fates(all)
	if got["answered"] < 200 || got["refused connection refused"] < 10 || got["unanswered eof"]+got["unanswered reset"] < 1 {
		t.Error(got)
	}
	if last := all[len(all)-1]; last.Fate != results.Answered {
		t.Errorf("the driver did not find the server again: %+v", last)
	}
}

func TestFireRefusesToBegin(t *testing.T) {
	none := func(results.Request) { t.Error("a request was reported") }
	if _, err := (Attack{}).Fire(t.Context(), at(""), time.Now(), none); err == nil {
		t.Error("fired an empty attack")
	}
	a := brief(100, time.Second)
	if _, err := a.Fire(t.Context(), Entry{}, time.Now(), none); err == nil {
		t.Error("fired at nothing")
	}
	e := at("127.0.0.1:1")
	e.RunID = `a"b`
	if _, err := a.Fire(t.Context(), e, time.Now(), none); err == nil {
		t.Error("took a run id that breaks the body")
	}
}
