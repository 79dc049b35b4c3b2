package claims

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// mostJudging is what judging one claim may allocate, for any settings: its
// self-check creates 150 000 requests at most.
const mostJudging = 256 << 20 * raceCost

// allocated is how many bytes a function allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// largestOf is a claim of which every number is the largest that is allowed.
func largestOf() []Claim {
	return []Claim{
		SlowBounded{SlowerThan: time.Second, EachWithin: longestSetting, AtMost: mostSlow},
		SpreadEvenly{Servers: mostServers},
		HonestClock{Within: longestSetting, Quantiles: []float64{highestPercent}},
		Responds{Share: 0.5, Window: leastWindow, Least: largestSetting},
		Responds{Share: 0.5, Window: longestSetting, After: longestSetting},
		FailsEntirely{Within: longestSetting},
		Recovers{Within: longestSetting, Steady: longestSetting},
		ReadsNotStale{StaleWithin: longestSetting},
		Convergence{Within: longestSetting},
		KeepsAcknowledgedWrites{AtRisk: largestSetting},
		Unreachable{From: "a", To: []string{"b"}, Ports: largestSetting},
	}
}

// TestTheLargestSettingsCostLittle checks that judging with them is bounded,
// and that each claim can still be shown to break.
func TestTheLargestSettingsCostLittle(t *testing.T) {
	r := specimen("read", 1000, longestSetting)
	for _, c := range largestOf() {
		if err := Settings(c); err != nil {
			t.Errorf("%T is refused: %v", c, err)
		}
		if why := alarm(c); why != "" {
			t.Errorf("%T cannot be shown to break: %s", c, why)
		}
		if got := allocated(func() { Judge(r, []Promise{{Claim: c}}) }); got > mostJudging {
			t.Errorf("judging %T allocates %d MiB", c, got>>20)
		}
	}
}

// TestSettingsBeyondAnyRunAreRefused checks that they are refused before a run,
// with the setting's name.
func TestSettingsBeyondAnyRunAreRefused(t *testing.T) {
	for _, c := range []struct {
		claim Claim
		want  string
	}{
		{SlowBounded{SlowerThan: 1, EachWithin: 2, AtMost: 100_000_000}, "check slow-bounded: at-most 100000000"},
		{SlowBounded{SlowerThan: 1, EachWithin: 2, AtMost: mostSlow + 1}, "check slow-bounded: at-most 100001"},
		{SpreadEvenly{Servers: 1 << 40}, "check spread-evenly: servers"},
		{SpreadEvenly{Servers: 4, P: math.NaN()}, "check spread-evenly: p"},
		{HonestClock{Quantiles: []float64{99.9999999999}}, "check honest-clock: quantiles: 99.9999999999"},
		{HonestClock{Quantiles: []float64{math.NaN()}}, "check honest-clock: quantile"},
		{HonestClock{Quantiles: make([]float64, 101)}, "check honest-clock: quantiles has 101 entries"},
		{HonestClock{Within: math.MaxInt64}, "check honest-clock: within"},
		{Responds{Share: 1, Window: 1}, "check responds: window 1ns"},
		{Responds{P99: Within(math.MaxInt64)}, "check responds: p99"},
		{Responds{P99: TimesBaseline(math.Inf(1))}, "check responds: p99"},
		{Responds{Share: 1, Least: math.MaxInt}, "check responds: least"},
		{Recovers{Within: math.MaxInt64}, "check recovers: within"},
		{FailsEntirely{Within: math.MaxInt64}, "check fails-entirely: within"},
		{ReadsNotStale{StaleWithin: math.MaxInt64}, "check reads-not-stale: stale-within"},
		{Convergence{Within: math.MinInt64}, "check convergence: within"},
		{KeepsAcknowledgedWrites{AtRisk: math.MaxInt}, "check keeps-acknowledged-writes: at-risk"},
		{Queue{LeastSamples: math.MaxInt}, "check queue: least"},
		{Unreachable{From: "a", To: []string{"b"}, Ports: math.MaxInt}, "check unreachable: ports"},
	} {
		err := Settings(c.claim)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want an error that says %q", c.claim, err, c.want)
		}
		r := specimen("read", 100, time.Second)
		got := allocated(func() { Judge(r, []Promise{{Claim: c.claim}}) })
		if v := r.Verdicts[0]; v.Outcome != results.Unproven || got > 8<<20 {
			t.Errorf("%+v: %v, and judging it allocates %d MiB", c.claim, v.Outcome, got>>20)
		}
	}
}

// numbers are those that a file may hold and that a program may fail on.
var numbers = []int64{0, 1, 2, 3, -1, 99, 100, 1000, 100_000, 100_001, 2_000_000, 1e8, 1e9, 1e12, 1e15, math.MaxInt32, math.MaxInt64, math.MinInt64}

// TestAnySettingsAreRefusedOrCostLittle: a claim with any numbers is refused
// before a run, or judged within the bound.
func TestAnySettingsAreRefusedOrCostLittle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	r := specimen("read", 1000, 24*time.Hour)
	refused, judged := 0, 0
	for _, name := range Names() {
		for range rounds {
			c, _ := New(name)
			anyNumbers(random, reflect.ValueOf(c).Elem())
			said := fmt.Sprintf("%+v", c)
			if Settings(c) != nil {
				refused++
			} else {
				judged++
			}
			if got := allocated(func() { Judge(r, []Promise{{Claim: c}}) }); got > mostJudging {
				t.Errorf("%s: judging %s allocates %d MiB", name, said, got>>20)
			}
		}
	}
	if refused == 0 || judged == 0 {
		t.Errorf("%d refused, %d judged: one of both was not tried", refused, judged)
	}
}

// anyNumbers sets every number of a struct to one of those.
func anyNumbers(random *rand.Rand, v reflect.Value) {
	n := numbers[random.IntN(len(numbers))]
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		v.SetInt(n)
	case reflect.Float64:
		v.SetFloat([]float64{0, 0.5, 1, 1.5, 99.999, 99.9999999, math.NaN(), math.Inf(1), float64(n)}[random.IntN(9)])
	case reflect.String:
		v.SetString([]string{"", "read", "write"}[random.IntN(3)])
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		for i := range v.Len() {
			anyNumbers(random, v.Index(i))
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() {
				anyNumbers(random, field)
			}
		}
	}
}
