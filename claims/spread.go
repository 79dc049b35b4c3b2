// Requests are distributed over equal servers. If one of them gets all, the
// others are useless.

package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// Default settings of spread-evenly: the thresholds of row 3.6 of
// docs/CATALOGUE.md, and Cochran's rule (1954) of at least five expected
// answers per server.
const (
	evenRatio   = 1.05
	evenP       = 0.01
	leastInCell = 5
)

// SpreadEvenly promises that the answers are spread evenly over all servers:
// the ratio of the largest count to the mean is limited, and a chi-square test
// does not reject an even distribution.
type SpreadEvenly struct {
	Operation   string  `yaml:"operation,omitempty" json:"operation,omitempty"` // "" is every operation
	By          string  `yaml:"by,omitempty" json:"by,omitempty"`               // "server" (or ""): web servers; "store": stores
	Servers     int     `yaml:"servers" json:"servers"`                         // how many servers exist; one that never answers counts
	MaxOverMean float64 `yaml:"max-over-mean,omitempty" json:"max-over-mean,omitempty"`
	P           float64 `yaml:"p,omitempty" json:"p,omitempty"` // least p-value of the chi-square test
}

func (c SpreadEvenly) limits() (ratio, p float64) {
	ratio, p = c.MaxOverMean, c.P
	if ratio == 0 {
		ratio = evenRatio
	}
	if p == 0 {
		p = evenP
	}
	return ratio, p
}

func (c SpreadEvenly) wanted() string {
	ratio, p := c.limits()
	return fmt.Sprintf("max/mean at most %g, chi-square p above %g", ratio, p)
}

// String is the promise as a sentence.
func (c SpreadEvenly) String() string {
	by := c.By
	if by == "" {
		by = "server"
	}
	return fmt.Sprintf("%s are spread evenly over %d %ss", plural(c.Operation), c.Servers, by)
}

// Valid requires at least two servers, and meaningful limits.
func (c SpreadEvenly) Valid() error {
	var errs []error
	if c.Servers < 2 {
		errs = append(errs, errors.New("check spread-evenly: servers must be 2 or more"))
	}
	if c.Servers > mostServers {
		errs = append(errs, fmt.Errorf("check spread-evenly: servers %d: must be at most %d", c.Servers, mostServers))
	}
	if !slices.Contains([]string{"", "server", "store"}, c.By) {
		errs = append(errs, fmt.Errorf("check spread-evenly: by %q is unknown: use server or store", c.By))
	}
	if c.MaxOverMean != 0 && !(c.MaxOverMean >= 1 && c.MaxOverMean < float64(c.Servers)) || !(c.P >= 0 && c.P < 1) {
		errs = append(errs, errors.New("check spread-evenly: max-over-mean lies between 1 and the number of servers, p between 0 and 1"))
	}
	return errors.Join(errs...)
}

// Needs the load proof: on a machine so busy that the generator is late, a
// balancer takes healthy servers out of service.
func (SpreadEvenly) Needs() Needs { return Needs{Load: true} }

// Check counts the answers of each server.
func (c SpreadEvenly) Check(r *results.Run) results.Verdict {
	v := results.Verdict{Name: "spread-evenly", Claim: c.String(), Wanted: c.wanted()}
	if err := c.Valid(); err != nil {
		return because(v, results.Unproven, "%v", err)
	}
	counts := map[string]int{}
	for _, q := range r.Requests {
		if q.Fate != results.Answered || !of(c.Operation, q) {
			continue
		}
		v.N++
		if c.By == "store" {
			counts[q.Store]++
		} else {
			counts[q.Server]++
		}
	}
	mean := float64(v.N) / float64(c.Servers)
	switch {
	case counts[""] > 0:
		return because(v, results.Unproven, "%d answers did not name who sent them", counts[""])
	case mean < leastInCell:
		return because(v, results.Unproven, "%d answers are too few for %d servers", v.N, c.Servers)
	case len(counts) > c.Servers:
		return because(v, results.Unproven, "%d servers answered, but the claim names %d", len(counts), c.Servers)
	}
	if there := nodesOfSameKind(r, counts); len(there) > c.Servers {
		return because(v, results.Unproven, "the system has %d of them (%s), but the claim names %d", len(there), strings.Join(there, ", "), c.Servers)
	}
	most, chi := 0, mean*float64(c.Servers-len(counts)) // a server that never answered deviates by the mean
	fullest := ""
	for name, n := range counts {
		chi += (float64(n) - mean) * (float64(n) - mean) / mean
		if n > most || n == most && name < fullest {
			most, fullest = n, name
		}
	}
	ratio, p := float64(most*c.Servers)/float64(v.N), chiSquareP(chi, c.Servers-1)
	maxRatio, leastP := c.limits()
	v.Measured = fmt.Sprintf("max/mean %s, p %s, %d of %d answered", digits(ratio, 4, maxRatio), digits(p, 3, leastP), len(counts), c.Servers)
	if ratio > maxRatio || p <= leastP {
		return because(v, results.Broken, "%s gave %d of %d answers", fullest, most, v.N)
	}
	return held(v)
}

// nodesOfSameKind returns every node of the system of the same kind as one that
// answered.
func nodesOfSameKind(r *results.Run, counts map[string]int) (names []string) {
	kinds := map[string]bool{}
	for name := range counts {
		kinds[results.Node{Name: name}.Kind()] = true
	}
	for _, n := range r.Nodes {
		if kinds[n.Kind()] {
			names = append(names, n.Name)
		}
	}
	return names
}

// Violation is a run in which one server answers everything.
func (c SpreadEvenly) Violation() *results.Run {
	return specimen(c.Operation, max(100, 10*c.Servers), time.Second)
}
