package targets

import (
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
)

// Operations is what an attack can ask of the reference site, in the order in
// which a mix lays its shares:
//
//	read   GET  /users/{id}
//	write  PUT  /users/{id}
//	post   POST /users/{id}/posts
//	list   GET  /users/{id}/posts
//	static GET  /static/small.txt
func Operations() []string { return []string{"read", "write", "post", "list", "static"} }

// Shown is the operations whose answers show a user's value.
func Shown() []string { return []string{"read"} }

// Set is the operations that set the value which a read shows.
func Set() []string { return []string{"write"} }

// Kept is the operations whose values a store keeps.
func Kept() []string { return []string{"write", "post"} }

// Mix is which share of the requests asks for which operation; the shares make
// 100 %.
type Mix map[string]Share

// Share is a part of the requests, written in per cent: "70%".
type Share = results.Share

// check says what is wrong with the mix.
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

// shares turn a number of [0, 1) into an operation.
type shares struct {
	operation []string
	upTo      []float64
}

// ordered lays the shares end to end, in the order of Operations.
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

// operationAt gives the operation in whose share x lies.
func (d shares) operationAt(x float64) string {
	for i, upTo := range d.upTo {
		if x < upTo {
			return d.operation[i]
		}
	}
	return d.operation[len(d.operation)-1] // x in the rounding of the sum
}
