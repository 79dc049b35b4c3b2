// What was seen of some requests is a sample of what the system does. A promise
// on a part of them holds where the sample is large enough to say so.

package claims

import (
	"fmt"
	"math"
	"sort"

	"github.com/holdfast-lab/holdfast/results"
)

// nearlyAll is what must be sure where all is wanted: no number of requests shows
// that none would ever miss. It takes 2995 of which none did, as a claim on 99.9 % does.
const nearlyAll = Share(0.999)

// sample is how many of n requests missed what a part of them must keep: answered
// at all, or within a time.
type sample struct {
	missed, n int
	part      Share // above 0
}

// judge holds a sample against its part. It is held where the part that keeps it is
// at least the wanted one, 95 % sure to one side (Clopper and Pearson 1934); of all,
// where none missed and 99.9 % are sure. It is broken where fewer of these requests
// kept it, and they are enough to judge by: ten may miss, or they are 95 % sure to be
// too many. With least above 0, so many requests are enough for either, and they
// are judged by their count alone.
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

// sure is the part of which a sample that holds is sure.
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

// tooFew says why a sample is unproven, and what to do. What is the figure, such as
// "p99", failure what befell those that missed, "fail" or "take longer", and where
// the window.
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

// requests is so many of them as a subject: they are, or it is.
func requests(n int, where string) string {
	if n == 1 {
		return "1 request" + where + " is"
	}
	return fmt.Sprintf("%d requests%s are", n, where)
}

// atMost is the greatest part, in per cent, that misses it, 95 % sure.
func (t sample) atMost() string {
	return digits(100*results.UpperChance(t.missed, t.n), 2, t.sure().Rest().Percent())
}

// mostTaken is the greatest number of requests worth naming.
const mostTaken = 1 << 30

// takes is how many requests show a part with 95 % confidence where so large a share
// of them misses it; 0 where no number that matters would.
func takes(part Share, missing float64) int {
	may := float64(part.Rest())
	if missing >= may {
		return 0
	}
	return search(func(n int) bool {
		return results.BinomialAtMost(int(math.Ceil(missing*float64(n))), n, may) <= 1-results.Sure
	})
}

// search is the least number for which ok, which grows true, is true; 0: none.
func search(ok func(int) bool) int {
	for high := 1; high <= mostTaken; high *= 2 {
		if ok(high) {
			return high/2 + sort.Search(high-high/2, func(n int) bool { return ok(high/2 + n) })
		}
	}
	return 0
}

// enough is how many samples a part, or a quantile, takes: ten lie beyond it.
func enough(part float64) int { return int(math.Ceil(10/(1-part) - 1e-6)) }
