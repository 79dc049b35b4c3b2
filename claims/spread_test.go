package claims

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// shared is reads of which each server answered the given number, in turn while
// it has any left.
func shared(counts ...int) *results.Run {
	n := 0
	for _, c := range counts {
		n += c
	}
	r := specimen("read", n, time.Second)
	left := append([]int{}, counts...)
	s := 0
	for i := range r.Requests {
		for left[s%len(left)] == 0 {
			s++
		}
		left[s%len(left)]--
		r.Requests[i].Server, r.Requests[i].Store = fmt.Sprint("web-", s%len(left)), "db"
		s++
	}
	return r
}

func TestSpreadEvenlyEdges(t *testing.T) {
	three := SpreadEvenly{Servers: 3}
	for range 20 { // servers are counted in a map, in random order
		exactly(t, []reading{
			{"the first by name of two as full", SpreadEvenly{Servers: 3, MaxOverMean: 1.01}, shared(30, 30, 20), results.Broken, 80, "max/mean 1.125, p 0.287, 3 of 3 answered", "web-0 gave 30 of 80 answers"},
			{"the fullest, and not the first by name", SpreadEvenly{Servers: 3, MaxOverMean: 1.01}, shared(20, 30, 30), results.Broken, 80, "max/mean 1.125, p 0.287, 3 of 3 answered", "web-1 gave 30 of 80 answers"},
		})
	}
	exactly(t, []reading{
		{"just as likely as is too unlikely", SpreadEvenly{Servers: 3, MaxOverMean: 2, P: chiSquareP(4.624+4.624, 2)}, shared(1068, 932, 1000), results.Broken, 3000, "max/mean 1.068, p 0.009813463594319522, 3 of 3 answered", "web-0 gave 1068 of 3000 answers"},
		{"even", three, shared(1000, 1000, 1000), results.Held, 3000, "max/mean 1, p 1, 3 of 3 answered", ""},
		{"as uneven as allowed", three, shared(1050, 950, 1000), results.Held, 3000, "max/mean 1.05, p 0.0821, 3 of 3 answered", ""},
		{"one too many", three, shared(1051, 949, 1000), results.Broken, 3000, "max/mean 1.051, p 0.0742, 3 of 3 answered", "web-0 gave 1051 of 3000 answers"},
		{"surely uneven", SpreadEvenly{Servers: 3, MaxOverMean: 2}, shared(1068, 932, 1000), results.Broken, 3000, "max/mean 1.068, p 0.00981, 3 of 3 answered", "web-0 gave 1068 of 3000 answers"},
		{"not surely", SpreadEvenly{Servers: 3, MaxOverMean: 2}, shared(1067, 933, 1000), results.Held, 3000, "max/mean 1.067, p 0.0112, 3 of 3 answered", ""},
		{"surely enough for one who asks for less", SpreadEvenly{Servers: 3, MaxOverMean: 2, P: 0.001}, shared(1068, 932, 1000), results.Held, 3000, "max/mean 1.068, p 0.00981, 3 of 3 answered", ""},
		{"one never answers", SpreadEvenly{Servers: 3, MaxOverMean: 2}, shared(1500, 1500), results.Broken, 3000, "max/mean 1.5, p 0, 2 of 3 answered", "web-0 gave 1500 of 3000 answers"},
		{"two never answer", three, shared(0, 0, 20), results.Broken, 20, "max/mean 3, p 2.06e-09, 1 of 3 answered", "web-2 gave 20 of 20 answers"},
		{"five in a cell are enough", three, shared(5, 5, 5), results.Held, 15, "max/mean 1, p 1, 3 of 3 answered", ""},
		{"a little fewer are not", three, shared(5, 5, 4), results.Unproven, 14, "", "14 answers are too few for 3 servers"},
		{"one did not say who", three, changed(shared(1000, 1000, 1000), func(r *results.Run) { r.Requests[7].Server = "" }), results.Unproven, 3000, "", "1 answers did not name who sent them"},
		{"four of three", three, shared(1000, 1000, 1000, 1), results.Unproven, 3001, "", "4 servers answered, but the claim names 3"},
		{"the system has a third that never answers", SpreadEvenly{Servers: 2}, changed(shared(1500, 1500), func(r *results.Run) { r.Nodes = nodes("web-0", "web-1", "web-2", "db") }), results.Unproven, 3000, "",
			"the system has 3 of them (web-0, web-1, web-2), but the claim names 2"},
		{"the system has just these", SpreadEvenly{Servers: 2}, changed(shared(1500, 1500), func(r *results.Run) { r.Nodes = nodes("web-0", "web-1", "db") }), results.Held, 3000, "max/mean 1, p 1, 2 of 2 answered", ""},
		{"what was not answered does not count", three, changed(shared(1000, 1000, 1000), func(r *results.Run) {
			r.Requests[7].Fate, r.Requests[8].Fate, r.Requests[9].Operation = results.Unanswered, results.Refused, "write"
		}), results.Held, 2998, "max/mean 1.001, p 1, 3 of 3 answered", ""},
		{"nor does another operation", SpreadEvenly{Servers: 3, Operation: "read"}, changed(shared(1000, 1000, 1000), func(r *results.Run) {
			for i := range 30 {
				r.Requests[3*i].Operation = "write"
			}
		}), results.Held, 2970, "max/mean 1.01, p 0.739, 3 of 3 answered", ""},
	})
	if v := three.Check(shared(5, 5, 5)); v.Wanted != "max/mean at most 1.05, chi-square p above 0.01" {
		t.Errorf("wanted %q", v.Wanted)
	}
	if v := (SpreadEvenly{Servers: 3, MaxOverMean: 2, P: 0.5}).Check(shared(5, 5, 5)); v.Wanted != "max/mean at most 2, chi-square p above 0.5" {
		t.Errorf("wanted %q", v.Wanted)
	}
}
