package topologies

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func design(t *testing.T, name string, set map[string]any) Topology {
	t.Helper()
	b, ok := Find(name)
	if !ok {
		t.Fatalf("no blueprint %s", name)
	}
	top, err := b.Design(set)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

func TestDesignRefuses(t *testing.T) {
	for _, c := range []struct {
		blueprint string
		set       map[string]any
		says      []string
	}{
		{"replication", map[string]any{"replica": 2}, []string{`no setting "replica"`, "replicas", "commit", "failover", "reads"}},
		{"replication", map[string]any{"commit": "sync"}, []string{"commit", `"sync"`, "synchronous, asynchronous"}},
		{"replication", map[string]any{"commit": 1}, []string{"commit", "not a word"}},
		{"replication", map[string]any{"replicas": 9}, []string{"replicas", "from 1 to 4"}},
		{"replication", map[string]any{"replicas": "2"}, []string{"whole number"}},
		{"replication", map[string]any{"replicas": 1.5}, []string{"whole number"}},
		{"load-balancer", map[string]any{"post-work": "soon"}, []string{"post-work", `"soon"`}},
		{"load-balancer", map[string]any{"post-work": "-1s"}, []string{"post-work", "at least 0s"}},
		{"load-balancer", map[string]any{"post-work": "1h"}, []string{"post-work", "at most 2s"}},
		{"single-server", map[string]any{"web": 2}, []string{`no setting "web"`, "available: defect"}},
		{"single-server", map[string]any{"defect": "dorp:1"}, []string{"defect", `"dorp:1"`, "drop:<n>"}},
		{"load-balancer", map[string]any{"defect": "drop"}, []string{"defect", `"drop"`}},
		{"replication", map[string]any{"defect": "no-drain:3"}, []string{"defect", `"no-drain:3"`}},
	} {
		b, _ := Find(c.blueprint)
		_, err := b.Design(c.set)
		if err == nil {
			t.Errorf("%s %v was designed", c.blueprint, c.set)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s %v: %v; want %q in it", c.blueprint, c.set, err, want)
			}
		}
	}
	if _, err := (Blueprint{Name: "abacus"}).Design(map[string]any{"web": 2}); err == nil || !strings.Contains(err.Error(), "it has none") {
		t.Errorf("an abacus with 2 web servers: %v", err)
	}
	if _, ok := Find("mainframe"); ok {
		t.Error("found a blueprint that is not there")
	}
}

func TestDesignTakesDecodedNumbers(t *testing.T) {
	for _, n := range []any{3, int64(3), uint64(3), 3.0} {
		top := design(t, "replication", map[string]any{"replicas": n})
		if got := roles(top, "replica"); got != 3 {
			t.Errorf("replicas %T: %d", n, got)
		}
	}
}

func roles(t Topology, role string) int {
	n := 0
	for _, node := range t.Nodes {
		if node.Role == role {
			n++
		}
	}
	return n
}

// everyDesign is each blueprint with each allowed word and both ends of each
// number, one choice at a time.
func everyDesign(t *testing.T) map[string]Topology {
	t.Helper()
	all := map[string]Topology{}
	for _, b := range Blueprints() {
		all[b.Name] = design(t, b.Name, nil)
		for _, p := range b.Parameters {
			values := []any{p.Default}
			if p.Max > 0 {
				values = []any{p.Min, p.Max}
			}
			for _, w := range p.Values {
				values = append(values, w)
			}
			for _, v := range values {
				all[fmt.Sprintf("%s %s=%v", b.Name, p.Name, v)] = design(t, b.Name, map[string]any{p.Name: v})
			}
		}
	}
	return all
}

func TestEveryDesignIsConsistent(t *testing.T) {
	images := imageNames()
	all := everyDesign(t)
	if len(all) < 20 {
		t.Fatalf("only %d designs: the test looked at little", len(all))
	}
	for name, top := range all {
		if err := check(top); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if top.Name == "" || top.About == "" || top.Entry == "" {
			t.Errorf("%s: name, about or entry is missing", name)
		}
		stores := 0
		for _, n := range top.Nodes {
			if !slices.Contains(images, n.Image) {
				t.Errorf("%s: %s: no image %s", name, n.Name, n.Image)
			}
			if n.Keeps != nil {
				stores++
			}
			if len(n.Cmd) == 0 || n.Role == "" {
				t.Errorf("%s: %s: no command or no role", name, n.Name)
			}
		}
		if stores == 0 {
			t.Errorf("%s: nothing could be audited", name)
		}
	}
}

func TestSettingsReachTheNodes(t *testing.T) {
	text := func(top Topology, node string) string {
		for _, n := range top.Nodes {
			if n.Name == node {
				s := strings.Join(n.Cmd, " ") + " " + strings.Join(networksOf(top, n), " ") + fmt.Sprintf(" %.0f%% of a core", 100*n.CPU)
				for k, v := range n.Env {
					s += " " + k + "=" + v
				}
				for _, f := range n.Files {
					s += "\n" + f.Text
				}
				return s
			}
		}
		t.Fatalf("no node %s", node)
		return ""
	}
	for _, c := range []struct {
		blueprint, setting string
		value              any
		node, want, not    string
	}{
		{"load-balancer", "balance", "ip-hash", "nginx", "ip_hash;", ""},
		{"load-balancer", "balance", "round-robin", "nginx", "web-3:8080", "ip_hash"},
		{"load-balancer", "retries", "off", "nginx", "proxy_next_upstream off;", ""},
		{"load-balancer", "retries", "get", "nginx", "proxy_next_upstream error timeout;", ""},
		{"load-balancer", "retries", "posts", "nginx", "error timeout non_idempotent;", ""},
		{"load-balancer", "timeouts", "tight", "nginx", "proxy_read_timeout 2s;", ""},
		{"load-balancer", "timeouts", "default", "nginx", "", "proxy_read_timeout"},
		{"load-balancer", "web-network", "public", "web-1", "private public", ""},
		{"load-balancer", "web-network", "private", "web-1", "private", "public"},
		{"load-balancer", "post-work", "30ms", "web-2", "HOLDFAST_POST_WORK=30ms", ""},
		{"load-balancer", "checks", "passive", "nginx", "max_fails=1", ""},
		{"load-balancer", "checks", "none", "nginx", "max_fails=0", ""},
		{"load-balancer", "weakest", 2, "web-3", "2% of a core", ""},
		{"load-balancer", "weakest", 2, "web-2", "100% of a core", ""},
		{"load-balancer", "defect", "no-drain", "web-2", "HOLDFAST_DEFECT=no-drain", ""},
		{"load-balancer", "defect", "", "web-2", "", "HOLDFAST_DEFECT"},
		{"single-server", "defect", "drop:10", "server", "HOLDFAST_DEFECT=drop:10", ""},
		{"replication", "defect", "commit-local", "web-1", "HOLDFAST_DEFECT=commit-local", ""},
		{"replication", "site-knows", "first", "web-1", "HOLDFAST_DB=pg-1:5432", "pg-2:5432"},
		{"replication", "failover", "script-fenced", "pg-1", "SUCCESSOR=pg-2", ""},
		{"replication", "failover", "script-fenced", "pg-3", "replica pg-1 naive", "SUCCESSOR"},
		{"replication", "failover", "script", "pg-1", "", "SUCCESSOR"},
		{"replication", "commit", "synchronous", "pg-2", "synchronous_mode: true", ""},
		{"replication", "commit", "asynchronous", "pg-2", "synchronous_mode: false", ""},
		{"replication", "timers", "slow", "pg-1", "ttl: 70", ""},
		{"replication", "timers", "patient", "pg-1", "ttl: 30\n    loop_wait: 1", ""},
		{"replication", "dcs-driver", "etcd3", "pg-1", "PATRONI_ETCD3_HOSTS=etcd:2379", "PATRONI_ETCD_HOSTS="},
		{"replication", "failover", "none", "pg-1", "PRIMARY_SYNC=ANY 1 (*)", "patroni"},
		{"replication", "failover", "script", "pg-3", "replica pg-1 naive", ""},
		{"replication", "reads", "replicas", "web-1", "HOLDFAST_READS=replicas", ""},
		{"replication", "replicas", 3, "web-1", "pg-1:5432,pg-2:5432,pg-3:5432,pg-4:5432", ""},
	} {
		got := text(design(t, c.blueprint, map[string]any{c.setting: c.value}), c.node)
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s %s=%v: %s has not %q, or has %q:\n%s", c.blueprint, c.setting, c.value, c.node, c.want, c.not, got)
		}
	}
}
