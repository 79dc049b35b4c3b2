package targets

import (
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestGaugeShowsWhatIsOpen freezes a system after ten answers: what it holds is
// in flight, and what finds no place in flight has not left.
func TestGaugeShowsWhatIsOpen(t *testing.T) {
	release := make(chan struct{})
	var mu sync.Mutex
	arrived := 0
	s := serve(t, site(func(*http.Request) {
		mu.Lock()
		arrived++
		late := arrived > 10
		mu.Unlock()
		if late {
			<-release
		}
	}))
	a := brief(200, 2*time.Second)
	a.Timeout, a.MaxInFlight = 10*time.Second, 4
	var record results.History
	e := entry(s)
	e.Gauge = new(Gauge)
	if at, open := e.Gauge.Open(func() results.History { t.Error("asked for the record of no attack"); return nil }); at != 0 || open != nil || e.Gauge.Load().Planned != 0 || e.Gauge.Oldest() != 0 {
		t.Errorf("before the attack: %v, %v", at, open)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := a.Fire(t.Context(), e, time.Now(), func(q results.Request) {
			mu.Lock()
			defer mu.Unlock()
			record = append(record, q)
		}); err != nil {
			t.Error(err)
		}
	}()
	recorded := func() results.History {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(record)
	}
	var at time.Duration
	var open results.History
	for unsent := 0; unsent < 20; runtime.Gosched() { // at 200/s after a tenth of a second
		at, open = e.Gauge.Open(recorded)
		unsent = 0
		for _, q := range open {
			if q.Fate == results.Unsent {
				unsent++
			}
		}
	}
	flying := 0
	for i, q := range open {
		if q.Intended != a.Intended(q.Seq) || q.Operation == "" || i > 0 && q.Seq <= open[i-1].Seq {
			t.Errorf("open: %+v", q)
		}
		switch {
		case q.Error == results.InFlight:
			if flying++; q.Fate != results.Unanswered || q.Done != at || q.Sent < q.Intended || q.Sent > at {
				t.Errorf("in flight: %+v at %v", q, at)
			}
		case q.Fate != results.Unsent || q.Error != results.Waiting || q.Sent != 0 || q.Intended > at-DueLag:
			t.Errorf("not left: %+v at %v", q, at)
		}
	}
	if seen := recorded(); len(seen) != 10 || flying != 4 {
		t.Errorf("%d on record, %d in flight", len(seen), flying)
	}
	if now, oldest, load := e.Gauge.Now(), e.Gauge.Oldest(), e.Gauge.Load(); now != 4 || oldest < at-a.Intended(14) || load.Planned != a.Planned() || load.HeartbeatP999 <= 0 || load.CPUShare <= 0 {
		t.Errorf("%d in flight, the oldest for %v at %v, load %+v", now, oldest, at, load)
	}
	close(release)
	<-ended
	if _, open := e.Gauge.Open(recorded); len(open) > 0 {
		t.Errorf("after the end %d are open", len(open))
	}
}

// TestGaugeLosesNone asks again and again while requests finish: each that is due
// is open or on record, never neither. A request that is both counts as finished.
func TestGaugeLosesNone(t *testing.T) {
	s := serve(t, site(nil))
	a := brief(2000, 500*time.Millisecond)
	var mu sync.Mutex
	var record results.History
	e := entry(s)
	e.Gauge = new(Gauge)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := a.Fire(t.Context(), e, time.Now(), func(q results.Request) {
			mu.Lock()
			defer mu.Unlock()
			record = append(record, q)
		}); err != nil {
			t.Error(err)
		}
	}()
	for asked := 0; ; asked++ {
		var seen results.History
		at, open := e.Gauge.Open(func() results.History {
			mu.Lock()
			defer mu.Unlock()
			seen = slices.Clone(record)
			return seen
		})
		known := map[uint64]bool{}
		for _, q := range slices.Concat(seen, open) {
			if known[q.Seq] {
				t.Fatalf("request %d is on record and open", q.Seq)
			}
			known[q.Seq] = true
		}
		for n := uint64(0); n < a.Planned() && a.Intended(n) <= at-DueLag; n++ {
			if !known[n] {
				t.Fatalf("request %d, due at %v, is neither on record nor open at %v", n, a.Intended(n), at)
			}
		}
		select {
		case <-ended:
			if asked == 0 {
				t.Error("never asked")
			}
			return
		default:
		}
	}
}
