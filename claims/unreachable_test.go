package claims

import (
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// tried is the attempts of a visitor at two web servers and a database, and its
// control.
func tried(change func(*results.Run)) *results.Run {
	r := &results.Run{Nodes: nodes("visitor", "web-1", "web-2", "db", "nginx"), Reaches: []results.Reach{
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
		{"all closed", c, tried(same), results.Held, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", ""},
		{"one too few", c, tried(func(r *results.Run) { r.Reaches[0].Tried = 999 }), results.Unproven, 5999, "0 open of 5999 ports tried, 3 of 3 pairs of nodes", "only 999 ports of web-1 were tried from visitor; at least 1000 are required"},
		{"more are wanted", Unreachable{From: "visitor", To: []string{"web", "db"}, Ports: 1001}, tried(same), results.Unproven, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", "only 1000 ports of web-1 were tried from visitor; at least 1001 are required"},
		{"two open", c, tried(func(r *results.Run) { r.Reaches[1].Open = []int{22, 80} }), results.Broken, 6000, "2 open of 6000 ports tried, 3 of 3 pairs of nodes", "web-2 answers visitor on port 22"},
		{"open outranks an error", c, tried(func(r *results.Run) { r.Reaches[0].Err, r.Reaches[0].Open = "reset", []int{22} }), results.Broken, 6000, "1 open of 6000 ports tried, 3 of 3 pairs of nodes", "web-1 answers visitor on port 22"},
		{"an error outranks too few", c, tried(func(r *results.Run) { r.Reaches[2].Err, r.Reaches[2].Tried = "no route", 3 }), results.Unproven, 3003, "0 open of 3003 ports tried, 3 of 3 pairs of nodes", "trying db from visitor failed: no route"},
		{"others do not count", c, tried(func(r *results.Run) {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "nginx", Tried: 5, Open: []int{80}}, results.Reach{From: "web-1", To: "db", Tried: 5, Open: []int{5432}})
		}), results.Held, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", ""},
		{"one of two controls was reached", c, tried(func(r *results.Run) {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "dns", Tried: 1, Control: true})
		}), results.Held, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", ""},
		{"a control whose name begins as a target's", c, tried(func(r *results.Run) { r.Reaches[3].To = "web-gate" }), results.Held, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", ""},
		{"the control erred", c, tried(func(r *results.Run) { r.Reaches[3].Err = "reset" }), results.Unproven, 6000, "0 open of 6000 ports tried, 3 of 3 pairs of nodes", "visitor reached nothing at all, so its network may not work"},
		{"one name is the beginning of another", Unreachable{From: "visitor", To: []string{"web", "web-2"}}, tried(same), results.Held, 3000, "0 open of 3000 ports tried, 2 of 2 pairs of nodes", ""},
		{"only the first web server was tried", Unreachable{From: "visitor", To: []string{"web"}}, tried(func(r *results.Run) { r.Reaches = append(r.Reaches[:1], r.Reaches[3]) }), results.Unproven, 1000, "0 open of 1000 ports tried, 1 of 2 pairs of nodes", "no port of web-2 was tried from visitor"},
		{"nobody tried the second", Unreachable{From: "visitor", To: []string{"web", "cache"}}, tried(same), results.Unproven, 3000, "0 open of 3000 ports tried, 2 of 2 pairs of nodes", "the system has no node cache"},
	})
}
