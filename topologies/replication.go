// A PostgreSQL primary with replicas. Whether a replica takes over when the
// primary dies, how soon, and which acknowledged writes are lost, depends on how
// commits wait and on who decides that the primary is dead.

package topologies

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

var replication = Blueprint{
	Name:  "replication",
	About: "a PostgreSQL primary and replicas with automatic promotion, two web servers behind nginx",
	Parameters: []Parameter{
		{Name: "replicas", About: "how many replicas", Default: 2, Min: 1, Max: 4},
		{Name: "commit", About: "whether a commit waits for a replica", Default: "synchronous", Values: []string{"synchronous", "asynchronous"}},
		{Name: "failover", About: "who promotes a replica: Patroni, nobody, or or a script that does not compare how far the replicas are, without or with fencing of the old primary", Default: "patroni", Values: []string{"patroni", "none", "script", "script-fenced"}},
		{Name: "reads", About: "where the site reads", Default: "primary", Values: []string{"primary", "replicas"}},
		{Name: "site-knows", About: "which database servers the site may write to: all of them, or the first one alone", Default: "all", Values: []string{"all", "first"}},
		{Name: "timers", About: "Patroni's ttl, loop_wait, retry_timeout: 7, 1, 3 s; patient: ttl 30 s, as Patroni has it by default; slow: ten times fast", Default: "fast", Values: []string{"fast", "patient", "slow"}},
		{Name: "dcs-driver", About: "which etcd API Patroni uses: with etcd3, a leader that resumes after a pause can take the lock back", Default: "etcd", Values: []string{"etcd", "etcd3"}},
		defect,
	},
	Make: makeReplication,
}

// makeReplication creates the web tier and the database tier.
func makeReplication(s Settings) (Topology, error) {
	stores, err := databaseNodes(s)
	if err != nil {
		return Topology{}, err
	}
	names := pgNames(s.Int("replicas") + 1)
	p := proxy{Retries: nextUpstream["get"], Tries: 2, Connect: "200ms", Read: "10s"} // above the site's own deadlines
	nodes, known := stores, names
	if s.Word("site-knows") == "first" {
		known = names[:1]
	}
	for n := 1; n <= 2; n++ {
		w := webNode(n, known, "0s")
		w.Env["HOLDFAST_READS"] = s.Word("reads")
		if err := plantDefect(s, &w); err != nil {
			return Topology{}, err
		}
		p.Servers = append(p.Servers, fmt.Sprintf("%s:%d", w.Name, webPort))
		nodes = append(nodes, w)
	}
	front, err := nginxNode(p)
	if err != nil {
		return Topology{}, err
	}
	by := map[string]string{"patroni": "Patroni", "none": "no failover", "script": "failover by script", "script-fenced": "failover by script, fenced"}[s.Word("failover")]
	loop := nginxLoop
	if s.Word("failover") == "patroni" {
		loop = max(loop, patroniLoop(s))
	}
	return Topology{
		Name: "replication", Loop: loop, Entry: "nginx:80", Nodes: append(nodes, front), Networks: []Network{{Name: "private"}},
		About: fmt.Sprintf("PostgreSQL 15: 1 primary, %s, %s, %s · nginx · 2 web", count(s.Int("replicas"), "replica"), s.Word("commit"), by),
	}, nil
}

// databaseNodes are pg-1 and its replicas, with etcd if Patroni needs it.
func databaseNodes(s Settings) ([]Node, error) {
	p := &postgres{synchronous: s.Word("commit") == "synchronous"}
	names := pgNames(s.Int("replicas") + 1)
	if s.Word("failover") == "patroni" {
		return patroniNodes(p, s, names)
	}
	anyOne := ""
	if p.synchronous {
		anyOne = "ANY 1 (*)"
	}
	first := p.node(names[0], "primary", "primary")
	first.Env["PRIMARY_SYNC"] = anyOne
	if s.Word("failover") == "script-fenced" {
		first.Env["SUCCESSOR"] = names[1]
	}
	nodes := []Node{first}
	for _, name := range names[1:] {
		cmd := []string{"replica", names[0]}
		if s.Word("failover") != "none" {
			cmd = append(cmd, "naive")
		}
		n := p.node(name, "replica", cmd...)
		// The promoted server must not wait for replicas that may not exist.
		n.Env["CANDIDATE"], n.Env["NODE"] = names[1], name
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// timers are Patroni's, in seconds. Its rule is ttl >= loop_wait + 2 x retry_timeout.
type timers struct{ ttl, loop, retry int }

var patroniTimers = map[string]timers{"fast": {7, 1, 3}, "patient": {30, 1, 3}, "slow": {70, 10, 30}}

// patroniLoop is Patroni's loop_wait.
func patroniLoop(s Settings) time.Duration {
	return time.Duration(patroniTimers[s.Word("timers")].loop) * time.Second
}

// patroniNodes are PostgreSQL under Patroni and the etcd that holds its lock.
// All start from the same cluster; the first one leads because the others wait
// until its Patroni is up.
func patroniNodes(p *postgres, s Settings, names []string) ([]Node, error) {
	t := patroniTimers[s.Word("timers")]
	text, err := fill("images/postgres/patroni.yml.tmpl", map[string]any{
		"TTL": t.ttl, "LoopWait": t.loop, "RetryTimeout": t.retry, "Synchronous": p.synchronous,
	})
	if err != nil {
		return nil, err
	}
	nodes := []Node{etcdNode()}
	for i, name := range names {
		n := p.node(name, "primary", "patroni")
		if i > 0 {
			n = p.node(name, "replica", "patroni", names[0])
		}
		n.After = []string{"etcd"} // Patroni sleeps 5 s when it finds no etcd
		n.Files = []File{{Path: "/etc/patroni.yml", Mode: 0o644, Text: text}}
		maps.Copy(n.Env, map[string]string{
			"PATRONI_SUPERUSER_PASSWORD": runPassword, "PATRONI_REPLICATION_PASSWORD": runPassword, "PATRONI_REWIND_PASSWORD": runPassword,
			"PATRONI_NAME": name, "PATRONI_RESTAPI_CONNECT_ADDRESS": name + ":8008",
			"PATRONI_POSTGRESQL_CONNECT_ADDRESS":                          name + ":5432",
			"PATRONI_" + strings.ToUpper(s.Word("dcs-driver")) + "_HOSTS": "etcd:2379",
		})
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// pgNames is pg-1 to pg-<count>.
func pgNames(count int) []string {
	var names []string
	for n := 1; n <= count; n++ {
		names = append(names, fmt.Sprintf("pg-%d", n))
	}
	return names
}

// hostPorts are the addresses of PostgreSQL nodes in the form that the site expects.
func hostPorts(names []string) string {
	var list []string
	for _, n := range names {
		list = append(list, fmt.Sprintf("%s:%d", n, pgPort))
	}
	return strings.Join(list, ",")
}

// etcdNode holds Patroni's lock. It also serves the v2 API, which the default
// driver uses; it does not sync its log, since it is the only member.
func etcdNode() Node {
	return Node{
		Name: "etcd", Role: "lock", Image: "etcd", Volumes: []string{"/data"}, Ports: []int{2379},
		Cmd: []string{"etcd", "--name", "etcd", "--enable-v2=true", "--data-dir", "/data/etcd", "--unsafe-no-fsync",
			"--listen-client-urls", "http://0.0.0.0:2379", "--advertise-client-urls", "http://etcd:2379",
			"--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
			"--initial-cluster", "etcd=http://127.0.0.1:2380", "--initial-cluster-state", "new",
			"--heartbeat-interval", "100", "--election-timeout", "1000", "--logger", "zap", "--log-outputs", "stderr"},
		Env: map[string]string{"ETCD_UNSUPPORTED_ARCH": "arm64"}, // Debian's 3.4 refuses to start on arm64 without it
		CPU: 1, MemoryMiB: 128, Sysctls: quickSilence(), Ready: answers(2379, "/health"),
	}
}

// count formats a number of things, in singular or plural.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
