package claims

import (
	"cmp"
	"slices"
)

// digitBits is how much of a key one pass of the radix sort takes: 2 048
// counters stay in the nearest cache.
const digitBits = 11

// fewItems is how many items are sorted by comparing, which costs less there.
const fewItems = 512

// arranged gives the items in the order of their keys; equal keys keep the
// order they came in. It is a radix sort from the lowest digit (Knuth, volume
// 3, 5.2.5), linear in their number, that leaves out the digits in which no
// two keys differ. What is in order already is given back as it is.
func arranged[T any](items []T, key func(T) uint64) []T {
	if slices.IsSortedFunc(items, func(a, b T) int { return cmp.Compare(key(a), key(b)) }) {
		return items
	}
	keyed := make([]ranked[T], len(items))
	var differ uint64
	for i, it := range items {
		keyed[i] = ranked[T]{key(it), it}
		differ |= keyed[i].key ^ keyed[0].key
	}
	if len(keyed) < fewItems {
		slices.SortStableFunc(keyed, func(a, b ranked[T]) int { return cmp.Compare(a.key, b.key) })
	} else {
		keyed = byDigits(keyed, differ)
	}
	out := make([]T, len(keyed))
	for i, k := range keyed {
		out[i] = k.item
	}
	return out
}

// ranked is an item and what it is ordered by.
type ranked[T any] struct {
	key  uint64
	item T
}

// byDigits sorts by the bits in which keys differ, a digit at a time.
func byDigits[T any](a []ranked[T], differ uint64) []ranked[T] {
	b := make([]ranked[T], len(a))
	for shift := 0; differ>>shift > 0; shift += digitBits {
		const mask = 1<<digitBits - 1
		if differ>>shift&mask == 0 {
			continue
		}
		var ends [1 << digitBits]int32
		for i := range a {
			ends[a[i].key>>shift&mask]++
		}
		sum := int32(0)
		for d, n := range ends {
			ends[d], sum = sum, sum+n
		}
		for i := range a {
			d := a[i].key >> shift & mask
			b[ends[d]] = a[i]
			ends[d]++
		}
		a, b = b, a
	}
	return a
}
