package targets

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// plan is an attack ready to run: request n is a pure function of the attack, its
// seed and n, independent of the order of calls.
type plan struct {
	total    uint64
	timeout  time.Duration
	closed   bool // a request is due when it is sent
	curve    curve
	shares   shares
	runID    string
	seed     uint64
	samplers sync.Pool // of *sampler
}

// sampler is a source of random numbers that can be seeded for request n, and the
// key sampler that uses it.
type sampler struct {
	source *rand.PCG
	random *rand.Rand
	user   func() uint64
}

func (a Attack) plan(runID string) *plan {
	p := &plan{
		total: a.Planned(), timeout: a.Timeout, closed: a.Loop == Closed,
		curve: a.Rate.curve(a.For), shares: a.Mix.ordered(), runID: runID, seed: a.Seed,
	}
	p.samplers.New = func() any {
		source := rand.NewPCG(0, 0)
		random := rand.New(source)
		return &sampler{source, random, a.Keys.sampler(random)}
	}
	return p
}

// intended is the scheduled send time of request n; see Attack.Intended.
func (p *plan) intended(n uint64) time.Duration { return instant(p.curve, n) }

// request is request n before it is sent.
func (p *plan) request(n uint64) results.Request {
	d := p.samplers.Get().(*sampler)
	d.source.Seed(p.seed, scatter(n))
	q := results.Request{Seq: n, Intended: p.intended(n), Operation: p.shares.operationAt(d.random.Float64())}
	if q.Operation != "static" {
		q.Key = strconv.FormatUint(d.user(), 10)
	}
	if q.Operation == "write" || q.Operation == "post" {
		q.Value = p.runID + "-" + strconv.FormatUint(n, 10)
	}
	p.samplers.Put(d)
	return q
}

// scatter maps adjacent numbers to distant ones (the finalizer of SplitMix64), so
// that the random streams of adjacent requests are independent.
func scatter(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
