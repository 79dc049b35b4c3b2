// Several web servers behind nginx. The servers are on a network that clients
// cannot reach, so every request passes through the load balancer.

package topologies

import (
	"fmt"
	"strconv"
	"time"
)

const (
	webPort   = 8080   // where the site listens
	siteUsers = 10_000 // users "1" and up that the site creates before the run
)

// nginxLoop is fail_timeout in nginx.conf.tmpl: how long nginx counts failures of
// a server, and then does not use it.
const nginxLoop = 2 * time.Second

// longestWork limits the slow work of a post: with a longer one, no server would
// answer in time, and the balancer would mark all of them as failed.
const longestWork = 2 * time.Second

var loadBalancer = Blueprint{
	Name:  "load-balancer",
	About: "nginx in front of web servers on a private network, one PostgreSQL",
	Parameters: []Parameter{
		{Name: "web", About: "how many web servers", Default: 3, Min: 1, Max: 8},
		{Name: "balance", About: "how nginx chooses a server: in turn, or by the client's address", Default: "round-robin", Values: []string{"round-robin", "ip-hash"}},
		{Name: "retries", About: "which requests nginx sends to a second server after the first failed: those that are safe to repeat, none, or posts too", Default: "get", Values: []string{"get", "off", "posts"}},
		{Name: "timeouts", About: "how long nginx waits for a server: connect 200 ms and read 2 s, or its defaults of 60 s", Default: "tight", Values: []string{"tight", "default"}},
		{Name: "web-network", About: "whether the web servers can be reached from outside", Default: "private", Values: []string{"private", "public"}},
		{Name: "post-work", About: "how long the site works between the commit of a post and its answer", Default: "0s"},
		{Name: "checks", About: "whether nginx leaves out, for 2 s, a server that has just failed", Default: "passive", Values: []string{"passive", "none"}},
		{Name: "weakest", About: "CPU of the last web server, in percent of a core; the others have a whole one", Default: 100, Min: 1, Max: 100},
		defect,
	},
	Make: makeLoadBalancer,
}

// nextUpstream is nginx's value for each choice of retries. Posts are repeated
// only with non_idempotent.
var nextUpstream = map[string]string{
	"get": "error timeout", "off": "off", "posts": "error timeout non_idempotent",
}

// makeLoadBalancer creates the whole topology.
func makeLoadBalancer(s Settings) (Topology, error) {
	if work, err := time.ParseDuration(s.Word("post-work")); err != nil {
		return Topology{}, fmt.Errorf("post-work: %w", err)
	} else if work < 0 || work > longestWork {
		return Topology{}, fmt.Errorf("post-work: %v: at least 0s, at most %v, what nginx waits for a server with its tight timeouts", work, longestWork)
	}
	count := s.Int("web")
	p := proxy{IPHash: s.Word("balance") == "ip-hash", Retries: nextUpstream[s.Word("retries")], Tries: 2, Blind: s.Word("checks") == "none"}
	if s.Word("timeouts") == "tight" {
		p.Connect, p.Read = "200ms", "2s" // above the site's own deadlines of 1 and 1.5 s: a late answer of the site is not a reason for nginx to give up the server
	}
	db := (&postgres{}).node("db", "primary", "primary")
	db.Networks = []string{"private"}
	nodes := []Node{db}
	for n := 1; n <= count; n++ {
		w := webNode(n, []string{"db"}, s.Word("post-work"))
		w.Networks = []string{"private"}
		if err := plantDefect(s, &w); err != nil {
			return Topology{}, err
		}
		if n == count {
			w.CPU = float64(s.Int("weakest")) / 100
		}
		if s.Word("web-network") == "public" {
			w.Networks = append(w.Networks, "public")
		}
		p.Servers = append(p.Servers, fmt.Sprintf("%s:%d", w.Name, webPort))
		nodes = append(nodes, w)
	}
	front, err := nginxNode(p)
	if err != nil {
		return Topology{}, err
	}
	front.Networks = []string{"public", "private"}
	visitor := Node{Name: "visitor", Role: "visitor", Image: "tools", Networks: []string{"public"}, CPU: 1, MemoryMiB: 64,
		Cmd: []string{"sh", "-c", "trap exit TERM; sleep infinity & wait"}}
	return Topology{
		Name: "load-balancer", Entry: "nginx:80", Nodes: append(nodes, front, visitor),
		About:    fmt.Sprintf("nginx, %s · %d web, %s · PostgreSQL 15", s.Word("balance"), count, s.Word("web-network")),
		Networks: []Network{{Name: "public"}, {Name: "private", Internal: true}},
		Loop:     nginxLoop,
	}, nil
}

// nginxNode is the load balancer with its configuration. It is ready when a server
// answers a request through it.
func nginxNode(p proxy) (Node, error) {
	conf, err := p.file()
	return Node{
		Name: "nginx", Role: "balancer", Image: "nginx", Cmd: []string{"nginx", "-g", "daemon off;"}, Files: []File{conf}, Ports: []int{80},
		CPU: 1, MemoryMiB: 64, Sysctls: quickSilence(), Ready: answers(80, "/healthz"),
	}, err
}

// webNode is the n-th web server, configured with the given database nodes.
func webNode(n int, stores []string, postWork string) Node {
	name := fmt.Sprintf("web-%d", n)
	return Node{
		Name: name, Role: "web", Image: "site", Cmd: []string{"site", "web"}, Ports: []int{webPort}, CPU: 1, MemoryMiB: 128, Sysctls: quickSilence(),
		Env: map[string]string{
			"HOLDFAST_SERVER": name, "HOLDFAST_DB": hostPorts(stores), "HOLDFAST_DB_PASSWORD": runPassword,
			"HOLDFAST_POST_WORK": postWork, "HOLDFAST_USERS": strconv.Itoa(siteUsers),
		},
		Ready: answers(webPort, "/readyz"),
	}
}
