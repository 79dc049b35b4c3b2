package claims

import (
	"cmp"
	"slices"
)

// digitBits is the part of a key that one pass of the radix sort uses: 2048
// counters fit into the first-level cache.
const digitBits = 11

// fewItems is the number of items below which comparison sorting is faster.
const fewItems = 512

// arranged returns the items sorted by key; items with equal keys keep their
// order. It is a radix sort from the lowest digit (Knuth, volume 3, 5.2.5),
// linear in the number of items, and skips digits in which no two keys differ.
// Sorted input is returned unchanged.
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

// ranked is an item and its key.
type ranked[T any] struct {
	key  uint64
	item T
}

// byDigits sorts by the bits in which keys differ, one digit at a time.
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
