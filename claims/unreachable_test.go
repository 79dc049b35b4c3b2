package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// tried is what a visitor found at two web servers and a database, and a control.
func tried(change func(*results.Run)) *results.Run {
	r := &results.Run{Reaches: []results.Reach{
		{From: "visitor", To: "web-1", Tried: 1000},
		{From: "visitor", To: "web-2", Tried: 2000},
		{From: "visitor", To: "db", Tried: 3000},
		{From: "visitor", To: "nginx", Tried: 1, Open: []int{8080}, Control: true},
	}}
	change(r)
	return r
}

func TestUnreachableEdges(t *testing.T) {
	c := Unreachable{From: "visitor", To: []string{"web", "db"}}
	same := func(*results.Run) {}
	exactly(t, []reading{
		{"all closed", c, tried(same), results.Held, 6000, "0 open of 6000 tried on 3 nodes", ""},
		{"one too few", c, tried(func(r *results.Run) { r.Reaches[0].Tried = 999 }), results.Unproven, 5999, "0 open of 5999 tried on 3 nodes", "only 999 ports of web-1 were tried, wanted at least 1000"},
		{"more are wanted", Unreachable{From: "visitor", To: []string{"web", "db"}, Ports: 1001}, tried(same), results.Unproven, 6000, "0 open of 6000 tried on 3 nodes", "only 1000 ports of web-1 were tried, wanted at least 1001"},
		{"two open", c, tried(func(r *results.Run) { r.Reaches[1].Open = []int{22, 80} }), results.Broken, 3000, "2 open", "web-2 answers on port 22"},
		{"open outranks an error", c, tried(func(r *results.Run) { r.Reaches[0].Err, r.Reaches[0].Open = "reset", []int{22} }), results.Broken, 1000, "1 open", "web-1 answers on port 22"},
		{"an error outranks too few", c, tried(func(r *results.Run) { r.Reaches[2].Err, r.Reaches[2].Tried = "no route", 3 }), results.Unproven, 3003, "0 open of 3003 tried on 3 nodes", "trying db failed: no route"},
		{"others do not count", c, tried(func(r *results.Run) {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "nginx", Tried: 5, Open: []int{80}}, results.Reach{From: "web-1", To: "db", Tried: 5, Open: []int{5432}})
		}), results.Held, 6000, "0 open of 6000 tried on 3 nodes", ""},
		{"one of two controls was reached", c, tried(func(r *results.Run) {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "dns", Tried: 1, Control: true})
		}), results.Held, 6000, "0 open of 6000 tried on 3 nodes", ""},
		{"a control whose name begins as a target's", c, tried(func(r *results.Run) { r.Reaches[3].To = "web-gate" }), results.Held, 6000, "0 open of 6000 tried on 3 nodes", ""},
		{"the control erred", c, tried(func(r *results.Run) { r.Reaches[3].Err = "reset" }), results.Unproven, 6000, "0 open of 6000 tried on 3 nodes", "visitor reached nothing at all, so it may not be able to"},
		{"one name is the beginning of another", Unreachable{From: "visitor", To: []string{"web", "web-2"}}, tried(same), results.Held, 3000, "0 open of 3000 tried on 2 nodes", ""},
		{"nobody tried the second", Unreachable{From: "visitor", To: []string{"web", "cache"}}, tried(same), results.Unproven, 3000, "", "no port of cache was tried from visitor"},
	})
}
