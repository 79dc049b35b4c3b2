package claims

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// TestFigures compares the numbers that claims measure.
func TestFigures(t *testing.T) {
	lose := func(r *results.Run) *results.Run {
		v := r.Final.Stores[0].Values
		v["write"] = append(v["write"][:150:150], v["write"][199:]...)
		return r
	}
	stale := (&ReadsNotStale{}).Violation()
	for _, c := range []struct {
		name  string
		claim Claim
		run   *results.Run
		want  string
	}{
		{"back after 7 s", Recovers{Within: 10 * time.Second}, blackout(between(15, 22)), "rto 7.002 s, rto-first 7.002 s, rto-steady 7.000 s, error-seconds 7.000 s, longest-gap 7.001 s"},
		{"never back", Recovers{Within: 10 * time.Second}, blackout(between(15, 60)), "error-seconds 45.000 s, longest-gap 44.901 s"},
		{"no fault", Recovers{Within: time.Second}, &results.Run{}, ""},
		{"nothing lost", KeepsAcknowledgedWrites{}, survived(), "lost 0.000 writes, recovered 0.000 writes, unexpected 0.000 values, at-risk 200.000 writes, rpo-count 0.000 writes, rpo-time 0.000 s"},
		{"49 lost", KeepsAcknowledgedWrites{}, lose(survived()), "lost 49.000 writes, recovered 0.000 writes, unexpected 0.000 values, at-risk 200.000 writes, rpo-count 49.000 writes, rpo-time 0.499 s"},
		{"lost without a fault", KeepsAcknowledgedWrites{}, changed(lose(survived()), func(r *results.Run) { r.Faults = nil }), "lost 49.000 writes, recovered 0.000 writes, unexpected 0.000 values, at-risk 0.000 writes, rpo-count 49.000 writes"},
		{"nothing acknowledged", KeepsAcknowledgedWrites{Operation: "post"}, survived(), ""},
		{"stale for ever", &ReadsNotStale{}, stale, "stale 299.000 reads, missed 1.000 writes, staleness-p50 1.499 s, staleness-p99 2.969 s, staleness-max 2.989 s"},
		{"nothing read", &ReadsNotStale{}, survived(), ""},
	} {
		var got []string
		for _, f := range c.claim.Check(c.run).Figures {
			got = append(got, fmt.Sprintf("%s %.3f %s", f.Name, f.Value, f.Unit))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.name, text, c.want)
		}
	}
}
