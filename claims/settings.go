package claims

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

// The limits of a claim's settings. The checkers and their self-checks rely on
// them: the length and size of the run that must break a claim depend on its
// settings.
const (
	longestSetting = 24 * time.Hour // an attack is no longer
	largestSetting = 2_000_000      // a run has no more requests
	longestList    = 100            // of percentiles, of nodes
	mostSlow       = 100_000        // of slow-bounded: its self-check makes one and a half times as many requests
	mostServers    = 1000           // of spread-evenly: its self-check makes ten requests for each
	highestPercent = 99.99          // of honest-clock: 100 000 requests are needed to measure it
	leastWindow    = 100 * time.Millisecond
)

// Settings returns an error that joins everything that is wrong with the
// settings of a claim: numbers beyond what any run can show, and what the
// claim's own Valid reports.
func Settings(c Claim) error {
	v := reflect.Indirect(reflect.ValueOf(c))
	var errs []error
	if v.Kind() == reflect.Struct {
		errs = limits("check "+nameOf(c)+": ", "", v)
	}
	if own, ok := c.(Valid); ok && len(errs) == 0 {
		return own.Valid()
	}
	return errors.Join(errs...)
}

// limits checks every number of a struct.
func limits(what, name string, v reflect.Value) (errs []error) {
	wrong := func(format string, a ...any) {
		errs = append(errs, fmt.Errorf(what+name+" "+format, a...))
	}
	switch d, isTime := v.Interface().(time.Duration); {
	case isTime && (d > longestSetting || d < -longestSetting):
		wrong("%v: an attack takes at most %v, so nothing longer can be observed", d, longestSetting)
	case isTime:
	case v.Kind() == reflect.Int && (v.Int() > largestSetting || v.Int() < -largestSetting):
		wrong("%d: a run has at most %d requests, so no larger number can be observed", v.Int(), largestSetting)
	case v.Kind() == reflect.Float64 && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)):
		wrong("%v is not a number", v.Float())
	case v.Kind() == reflect.Slice && v.Len() > longestList:
		wrong("has %d entries; at most %d are allowed", v.Len(), longestList)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			errs = append(errs, limits(what, name, v.Index(i))...)
		}
	case v.Kind() == reflect.Struct:
		for f, field := range v.Fields() {
			if !f.IsExported() {
				continue
			}
			inner, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if inner == "" {
				inner = name // a field of a value that is written as one word
			}
			errs = append(errs, limits(what, inner, field)...)
		}
	}
	return errs
}
