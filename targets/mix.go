package targets

import (
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// Operations lists the operations of the reference site, in the order in which a
// mix arranges its shares:
//
//	read   GET  /users/{id}
//	write  PUT  /users/{id}
//	post   POST /users/{id}/posts
//	list   GET  /users/{id}/posts
//	static GET  /static/small.txt
func Operations() []string { return []string{"read", "write", "post", "list", "static"} }

// Shown lists the operations whose answers contain a user's value.
func Shown() []string { return []string{"read"} }

// Set lists the operations that set the value that a read returns.
func Set() []string { return []string{"write"} }

// Kept lists the operations whose values a store keeps.
func Kept() []string { return []string{"write", "post"} }

// Mix is the share of each operation among the requests; the shares add up to
// 100 %.
type Mix map[string]Share

// Share is a part of the requests, written in per cent: "70%".
type Share = results.Share

// check returns the errors in the mix.
func (m Mix) check() (errs []error) {
	if len(m) == 0 {
		return []error{wrong("mix", "is empty: add shares, such as {read: 70%%, write: 30%%}")}
	}
	known, sum := Operations(), int64(0)
	for _, op := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, op) {
			errs = append(errs, wrong("mix."+op, "is not an operation; available: %s", strings.Join(known, ", ")))
		}
		if s := m[op]; !(s > 0 && s <= 1) {
			errs = append(errs, wrong("mix."+op, "%v: a share is above 0%% and up to 100%%", s))
		}
		sum += m[op].Parts()
	}
	if sum != results.WholeParts {
		errs = append(errs, wrong("mix", "the shares add up to %v, not 100%%", Share(float64(sum)/float64(results.WholeParts))))
	}
	return errs
}

// shares map a number in [0, 1) to an operation.
type shares struct {
	operation []string
	upTo      []float64
}

// ordered arranges the shares one after the other, in the order of Operations.
func (m Mix) ordered() shares {
	var d shares
	sum := 0.0
	for _, op := range Operations() {
		if s := m[op]; s > 0 {
			sum += float64(s)
			d.operation, d.upTo = append(d.operation, op), append(d.upTo, sum)
		}
	}
	return d
}

// operationAt returns the operation whose share contains x.
func (d shares) operationAt(x float64) string {
	for i, upTo := range d.upTo {
		if x < upTo {
			return d.operation[i]
		}
	}
	return d.operation[len(d.operation)-1] // x is beyond the rounded sum
}
