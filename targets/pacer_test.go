package targets

import (
	"testing"
	"time"
)

func TestPacerNeverSendsEarly(t *testing.T) {
	a := brief(2000, 50*time.Millisecond)
	p := newPacer(a.plan("r1"), time.Now(), nil, false)
	for n := range a.Planned() {
		if wait, stop := p.Pace(0, n); wait != 0 || stop {
			t.Fatalf("request %d: wait %v, stop %v", n, wait, stop)
		}
		if at := time.Since(p.began); at < a.Intended(n) {
			t.Fatalf("request %d left at %v instead of %v", n, at, a.Intended(n))
		}
	}
	if _, stop := p.Pace(0, a.Planned()); !stop {
		t.Error("the pacer goes on after the last request")
	}
	if got := p.Rate(time.Millisecond); got != 2000 {
		t.Errorf("rate %v", got)
	}
}

func TestPacerStopsWhileItWaits(t *testing.T) {
	a := brief(0.001, 2000*time.Second) // the second request is due in 1000 s
	stop := make(chan struct{})
	p := newPacer(a.plan("r1"), time.Now(), stop, false)
	time.AfterFunc(10*time.Millisecond, func() { close(stop) })
	if _, stopped := p.Pace(0, 1); !stopped {
		t.Error("the pacer did not stop")
	}
}
