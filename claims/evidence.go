// The requests of a run are a sample. A promise about a fraction of all
// requests holds only if the sample is large enough to show it.

package claims

import (
	"fmt"
	"math"
	"sort"

	"github.com/holdfast-lab/holdfast/results"
)

// nearlyAll is the fraction that must be shown with confidence if all are
// required: no number of requests shows that none would ever miss. It requires
// 2995 requests with no miss, as 99.9 % does.
const nearlyAll = Share(0.999)

// sample is how many of n requests missed a requirement (to be answered, or
// within a time) that a fraction of them must meet.
type sample struct {
	missed, n int
	part      Share // above 0
}

// judge compares a sample with its required fraction. Held: the one-sided 95 %
// lower confidence limit of the fraction is at least the required one (Clopper
// and Pearson 1934); for a required fraction of 1, no request missed and the
// limit is at least 99.9 %. Broken: fewer of these requests met it than
// required, and there are enough of them: ten may miss, or the excess is
// significant at 95 %. With least above 0, that many requests are enough for
// either, and only their count is compared.
func (t sample) judge(least int) results.Outcome {
	met, plenty := t.part.Met(t.n-t.missed, t.n), t.n >= least
	if least == 0 {
		plenty = t.part < 1 && t.n >= enough(float64(t.part))
	}
	switch {
	case met && (least > 0 && plenty || least == 0 && t.surelyKept()):
		return results.Held
	case !met && (plenty || t.surelyMissed()):
		return results.Broken
	}
	return results.Unproven
}

// sure is the fraction that a sample shows with confidence when it holds.
func (t sample) sure() Share {
	if t.part == 1 {
		return nearlyAll
	}
	return t.part
}

func (t sample) surelyKept() bool {
	return (t.part < 1 || t.missed == 0) && results.BinomialAtMost(t.missed, t.n, float64(t.sure().Rest())) <= 1-results.Sure
}

func (t sample) surelyMissed() bool {
	return t.missed > 0 && (t.part == 1 || results.BinomialAtMost(t.missed-1, t.n, float64(t.part.Rest())) >= results.Sure)
}

// tooFew says why a sample is unproven, and what to do. What names the figure,
// such as "p99"; failure is the verb for those that missed, "fail" or "take
// longer"; where names the window.
func (t sample) tooFew(what, failure, where string, least int) string {
	if least > t.n {
		return fmt.Sprintf("only %d requests%s; at least %d are required to prove it", t.n, where, least)
	}
	if !t.part.Met(t.n-t.missed, t.n) {
		return fmt.Sprintf("%s too few for %s, which takes %d", requests(t.n, where), what, enough(float64(t.part)))
	}
	may := t.sure().Rest()
	text := fmt.Sprintf("%s too few for %s: 95%% sure only that at most %s%% %s, allowed: %v; ", requests(t.n, where), what, t.atMost(), failure, may)
	n := takes(t.sure(), float64(t.missed)/float64(t.n))
	if n == 0 {
		return text + fmt.Sprintf("to judge these alone, set least: %d", t.n)
	}
	return text + fmt.Sprintf("about %d would be enough, or set least: %d to judge these alone", n, t.n)
}

// requests is n requests as the subject of a sentence, with its verb.
func requests(n int, where string) string {
	if n == 1 {
		return "1 request" + where + " is"
	}
	return fmt.Sprintf("%d requests%s are", n, where)
}

// atMost is the upper 95 % confidence limit of the percentage that misses.
func (t sample) atMost() string {
	return digits(100*results.UpperChance(t.missed, t.n), 2, t.sure().Rest().Percent())
}

// mostTaken is the largest number of requests worth reporting.
const mostTaken = 1 << 30

// takes is how many requests show a fraction with 95 % confidence if the
// fraction missing of them misses it; 0 if more than mostTaken.
func takes(part Share, missing float64) int {
	may := float64(part.Rest())
	if missing >= may {
		return 0
	}
	return search(func(n int) bool {
		return results.BinomialAtMost(int(math.Ceil(missing*float64(n))), n, may) <= 1-results.Sure
	})
}

// search is the smallest number for which ok, which is monotonic, is true; 0:
// none.
func search(ok func(int) bool) int {
	for high := 1; high <= mostTaken; high *= 2 {
		if ok(high) {
			return high/2 + sort.Search(high-high/2, func(n int) bool { return ok(high/2 + n) })
		}
	}
	return 0
}

// enough is how many samples a fraction, or a quantile, requires so that ten
// lie beyond it.
func enough(part float64) int { return int(math.Ceil(10/(1-part) - 1e-6)) }
