package claims

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// everyClaim is a claim of each kind, with settings for which busy is evidence.
func everyClaim() []Promise {
	held := []Claim{
		&Bank{}, &Convergence{}, &Counter{}, &KeepsAcknowledgedWrites{}, &Linearizable{}, &MonotonicReads{}, &MonotonicWrites{},
		&OnePrimary{}, &Queue{}, &ReadYourWrites{}, &ReadsNotStale{}, &Responds{Share: 0.75, P50: Within(100 * time.Millisecond)},
		&SessionKept{}, &SpreadEvenly{Servers: 4}, &UniqueIDs{}, &Unreachable{From: "visitor", To: []string{"db"}},
	}
	broken := []Claim{ // for the fifth of the requests that is never answered
		&FailsEntirely{}, &HonestClock{}, &NotAppliedTwice{Operation: "increment"}, &Recovers{Operation: "read", Within: time.Second},
		&SlowBounded{SlowerThan: 50 * time.Millisecond, AtMost: 1, EachWithin: time.Second},
	}
	var ps []Promise
	for _, c := range held {
		ps = append(ps, Promise{c, results.Held})
	}
	for _, c := range broken {
		ps = append(ps, Promise{c, results.Broken})
	}
	return ps
}

// machine is a correct system that does everything immediately, but does not
// answer a fifth of the requests; half of these it applies.
type machine struct {
	random  *rand.Rand
	users   map[string]string
	counts  map[string]int
	writes  []string
	posts   []string
	presses []string
	moved   int
	ids     int
}

// do answers one request.
func (m *machine) do(q *results.Request) {
	answered := m.random.IntN(5) > 0
	if !answered {
		q.Fate, q.Error, q.Done = results.Unanswered, "timeout", q.Sent+150*time.Millisecond
	}
	done := answered || m.random.IntN(2) == 0
	written := fmt.Sprint("run-", q.Seq)
	switch {
	case q.Operation == "write":
		if q.Value = written; done {
			m.users[q.Key], m.writes = written, append(m.writes, written)
		}
	case q.Operation == "post":
		if q.Value = written; done {
			m.posts = append(m.posts, written)
		}
	case q.Operation == "increment":
		if q.Value = written; done {
			m.counts[q.Key]++
			m.presses = append(m.presses, written)
		}
	case !answered:
	case q.Operation == "read":
		if q.Value = m.users[q.Key]; q.Value == "" {
			q.Value = seed
		}
	case q.Operation == "count":
		q.Value = fmt.Sprint(m.counts[q.Key])
	case q.Operation == "balance":
		m.moved++
		q.Key, q.Value = "", fmt.Sprintf("a=%d,b=%d", 1000+m.moved, -m.moved)
	case q.Operation == "id":
		m.ids++
		q.Value = fmt.Sprint(m.ids)
	}
}

// busy is a million requests by 200 clients to such a machine in 1000 s.
func busy() *results.Run {
	const n, clients = 1_000_000, 200
	m := &machine{random: rand.New(rand.NewPCG(1, 2)), users: map[string]string{}, counts: map[string]int{}}
	r := specimen("read", n, 1000*time.Second)
	r.Faults[0].Effect += 100 * time.Millisecond
	operations := []string{"read", "read", "read", "read", "write", "write", "write", "post", "post", "increment", "count", "balance", "id"}
	for i := range r.Requests {
		q := &r.Requests[i]
		q.Value, q.Client, q.Server, q.Store = "", i%clients, fmt.Sprint("web-", i%4), "pg-1"
		q.Operation = operations[m.random.IntN(len(operations))]
		q.Key = fmt.Sprint(i%clients*50 + m.random.IntN(10)*m.random.IntN(5)) // some users are more popular than others
		if m.random.IntN(4) == 0 {
			q.Key = fmt.Sprint(m.random.IntN(clients * 50)) // or another user
		}
		q.Done = q.Sent + time.Duration(1+m.random.IntN(20_000))*time.Microsecond
		m.do(q)
	}
	counts := []string{}
	for key, count := range m.counts {
		counts = append(counts, fmt.Sprint(key, "=", count))
	}
	values := map[string][]string{"write": m.writes, "post": m.posts, "increment": append(m.presses, m.presses[0]), "count": counts}
	copied := map[string][]string{}
	for op, list := range values {
		for _, value := range list {
			copied[op] = append(copied[op], string([]byte(value)))
		}
	}
	r.Final = &results.Audit{Stable: true, At: 1010 * time.Second, Stores: []results.Store{
		{Node: "pg-1", Role: "primary", Values: values}, {Node: "pg-2", Role: "replica", Values: copied},
	}}
	for at := time.Duration(0); at < 1000*time.Second; at += 100 * time.Millisecond {
		r.Roles = append(r.Roles, results.RoleSample{At: at, Node: "pg-1", Role: "primary", Term: 1}, results.RoleSample{At: at, Node: "pg-2", Role: "replica", Term: 1})
	}
	r.Nodes = nodes("visitor", "web", "db")
	r.Reaches = []results.Reach{{From: "visitor", To: "web", Tried: 10, Open: []int{80}, Control: true}, {From: "visitor", To: "db", Tried: 1000}}
	return r
}

// cpu is the CPU time that this process has used: on a busy machine the only
// clock that measures the cost of a checker.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCheckers1MillionOperations judges one record by every claim of the
// table on one core, and reports the seconds that each takes.
func BenchmarkCheckers1MillionOperations(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r, ps := busy(), everyClaim()
	named := map[string]bool{}
	took := map[string]time.Duration{}
	ok := prove(r, ps)
	for b.Loop() {
		x := newIndex(r)
		for _, p := range ps {
			name, began := nameOf(p.Claim), cpu(b)
			v := decide(x, p.Claim, ok, "")
			took[name] += cpu(b) - began
			if named[name] = true; v.Outcome != p.Expect {
				b.Fatalf("%s: %v, measured %q: %s", name, v.Outcome, v.Measured, v.Why)
			}
		}
	}
	var all time.Duration
	for name, d := range took {
		b.ReportMetric(d.Seconds()/float64(b.N), name+"-cpu-s/op")
		all += d
	}
	b.ReportMetric(all.Seconds()/float64(b.N), "all-cpu-s/op")
	if len(named) != len(Names()) {
		b.Fatalf("judged by %d of %d claims", len(named), len(Names()))
	}
}

// BenchmarkJudge1MillionOperations does the same through Judge, including the
// proofs and the self-check.
func BenchmarkJudge1MillionOperations(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r, ps := busy(), everyClaim()
	began := cpu(b)
	for b.Loop() {
		Judge(r, ps)
	}
	b.ReportMetric((cpu(b)-began).Seconds()/float64(b.N), "cpu-s/op")
	for i, v := range r.Verdicts {
		if v.Outcome != ps[i].Expect {
			b.Errorf("%s: %v, measured %q: %s", v.Name, v.Outcome, v.Measured, v.Why)
		}
	}
}
