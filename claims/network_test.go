package claims

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

func TestSpreadEvenly(t *testing.T) {
	spread := func(n int, name func(i int) string) *results.Run {
		r := specimen("read", n, time.Second)
		for i := range r.Requests {
			r.Requests[i].Server, r.Requests[i].Store = name(i), "db"
		}
		return r
	}
	round := func(i int) string { return fmt.Sprint("web-", i%3) }
	three := SpreadEvenly{Servers: 3}
	try(t, []trial{
		{"round robin", three, spread(3000, round), results.Held, ""},
		{"all on one", three, spread(3000, func(int) string { return "web-1" }), results.Broken, "web-1 gave 3000 of 3000"},
		{"one of three gets none", three, spread(3000, func(i int) string { return fmt.Sprint("web-", i%2) }), results.Broken, "gave 1500 of 3000"},
		{"one gets a tenth more", three, spread(3000, func(i int) string {
			if i%30 == 1 {
				i--
			}
			return round(i)
		}), results.Broken, "web-0 gave 1100"},
		{"little, but surely uneven", SpreadEvenly{Servers: 3, MaxOverMean: 1.5}, spread(30000, func(i int) string {
			if i%60 == 1 {
				i--
			}
			return round(i)
		}), results.Broken, "web-0"},
		{"too few", three, spread(14, round), results.Unproven, "too few"},
		{"answers without a server", three, spread(3000, func(i int) string { return "" }), results.Unproven, "did not name who"},
		{"more servers than the claim names", SpreadEvenly{Servers: 2}, spread(3000, round), results.Unproven, "3 servers answered, but the claim names 2"},
		{"how many there are is not said", SpreadEvenly{}, spread(3000, round), results.Unproven, "servers must be 2"},
		{"by store", SpreadEvenly{Servers: 3, By: "store"}, spread(3000, round), results.Broken, "db gave"},
		{"another operation", SpreadEvenly{Servers: 3, Operation: "post"}, spread(3000, round), results.Unproven, "too few"},
	})
}

// nodes is a system with nodes of these names.
func nodes(names ...string) (all []results.Node) {
	for _, name := range names {
		all = append(all, results.Node{Name: name})
	}
	return all
}

func TestUnreachable(t *testing.T) {
	wall := func(change func(*results.Run)) *results.Run {
		r := &results.Run{Nodes: nodes("visitor", "web-1", "web-2", "db", "nginx")}
		for _, to := range []string{"web-1", "web-2", "db"} {
			r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: to, Tried: 65535})
		}
		r.Reaches = append(r.Reaches, results.Reach{From: "visitor", To: "nginx", Tried: 1, Open: []int{8080}, Control: true})
		change(r)
		return r
	}
	c := Unreachable{From: "visitor", To: []string{"web", "db"}}
	try(t, []trial{
		{"a wall", c, wall(func(*results.Run) {}), results.Held, ""},
		{"a hole", c, wall(func(r *results.Run) { r.Reaches[1].Open = []int{8080} }), results.Broken, "web-2 answers visitor on port 8080"},
		{"a hole, and no control", c, wall(func(r *results.Run) { r.Reaches = r.Reaches[:3]; r.Reaches[1].Open = []int{22} }), results.Broken, "port 22"},
		{"no control", c, wall(func(r *results.Run) { r.Reaches = r.Reaches[:3] }), results.Unproven, "reached nothing at all"},
		{"a control that fails", c, wall(func(r *results.Run) { r.Reaches[3].Open = nil }), results.Unproven, "reached nothing at all"},
		{"somebody else's control", c, wall(func(r *results.Run) { r.Reaches[3].From = "web-1" }), results.Unproven, "reached nothing at all"},
		{"one node not tried", c, wall(func(r *results.Run) { r.Reaches = r.Reaches[:2] }), results.Unproven, "no port of db was tried"},
		{"few ports", c, wall(func(r *results.Run) { r.Reaches[0].Tried = 10 }), results.Unproven, "only 10 ports of web-1 were tried from visitor; at least 1000 are required"},
		{"few ports are enough", Unreachable{From: "visitor", To: []string{"web"}, Ports: 10}, wall(func(r *results.Run) { r.Reaches[0].Tried = 10 }), results.Held, ""},
		{"an error", c, wall(func(r *results.Run) { r.Reaches[2].Err = "no route" }), results.Unproven, "trying db from visitor failed: no route"},
		{"nothing tried", c, wall(func(r *results.Run) { r.Reaches = nil }), results.Unproven, "no port of web-1 was tried"},
		{"one of two web servers not tried", c, wall(func(r *results.Run) { r.Reaches = slices.Delete(r.Reaches, 1, 2) }), results.Unproven, "no port of web-2 was tried from visitor"},
		{"only the other visitor's control", Unreachable{From: "visitor", To: []string{"web"}}, wall(func(r *results.Run) {
			r.Nodes = append(r.Nodes, nodes("visitor-2")...)
			for _, to := range []string{"web-1", "web-2"} {
				r.Reaches = append(r.Reaches, results.Reach{From: "visitor-2", To: to, Tried: 65535})
			}
		}), results.Unproven, "visitor-2 reached nothing at all"},
		{"only one of two visitors tried", c, wall(func(r *results.Run) { r.Nodes = append(r.Nodes, nodes("visitor-2")...) }), results.Unproven, "no port of web-1 was tried from visitor-2"},
		{"nodes unknown", c, wall(func(r *results.Run) { r.Nodes = nil }), results.Unproven, "the record does not name the system's nodes"},
		{"nodes unknown, and a hole", c, wall(func(r *results.Run) { r.Nodes, r.Reaches[1].Open = nil, []int{8080} }), results.Broken, "web-2 answers visitor on port 8080"},
		{"an unknown target node", Unreachable{From: "visitor", To: []string{"cache"}}, wall(func(*results.Run) {}), results.Unproven, "the system has no node cache"},
		{"an unknown source node", Unreachable{From: "guest", To: []string{"web"}}, wall(func(*results.Run) {}), results.Unproven, "the system has no node guest"},
		{"to itself alone", Unreachable{From: "visitor", To: []string{"visitor"}}, wall(func(*results.Run) {}), results.Unproven, "from and to are the same node"},
		{"from nowhere", Unreachable{To: []string{"web"}}, wall(func(*results.Run) {}), results.Unproven, "must be named"},
	})
}

func TestFailsEntirely(t *testing.T) {
	c := FailsEntirely{Within: time.Second}
	dead := func() *results.Run { return reads(during(3000, 6000, unanswer)) }
	try(t, []trial{
		{"nothing answers", c, dead(), results.Held, ""},
		{"one answers", c, changed(dead(), func(r *results.Run) { r.Requests[5000].Fate = results.Answered }), results.Broken, "request 5000 was answered at 5s"},
		{"one answers before the silence", c, changed(dead(), func(r *results.Run) { r.Requests[3999].Fate = results.Answered }), results.Held, ""},
		{"one is answered by the healed", c, changed(dead(), func(r *results.Run) {
			r.Requests[5999].Fate, r.Requests[5999].Done = results.Answered, 6100*time.Millisecond
		}), results.Held, ""},
		{"never healed", c, changed(reads(during(3000, 9000, unanswer)), func(r *results.Run) { r.Faults[0].Healing, r.Faults[0].Ended = 0, 0 }), results.Held, ""},
		{"few", FailsEntirely{Within: 2950 * time.Millisecond}, dead(), results.Unproven, "only 49 requests"},
		{"dead before", c, reads(unanswer), results.Unproven, "before the fault either"},
		{"nobody saw it", c, changed(dead(), func(r *results.Run) { r.Faults[0].Effect = 0 }), results.Unproven, "no fault was seen"},
		{"another operation", FailsEntirely{Operation: "write"}, dead(), results.Unproven, "before the fault either"},
	})
}
