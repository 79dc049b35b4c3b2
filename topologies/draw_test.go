package topologies

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	got := design(t, "replication", map[string]any{"replicas": 1}).Text()
	want := `PostgreSQL 15: 1 primary, 1 replica, synchronous, Patroni · nginx · 2 web
requests enter at nginx:80

node   role      image     CPU  MiB  networks  connects to   after
etcd   lock      etcd      1    128  private   -             -
pg-1   primary   postgres  1    320  private   etcd          etcd
pg-2   replica   postgres  1    320  private   etcd, pg-1    etcd
web-1  web       site      1    128  private   pg-1, pg-2    -
web-2  web       site      1    128  private   pg-1, pg-2    -
nginx  balancer  nginx     1    64   private   web-1, web-2  -
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMermaid(t *testing.T) {
	got := design(t, "load-balancer", map[string]any{"web": 2}).Mermaid()
	want := `flowchart LR
  requests([requests])
  subgraph net_public [public]
    nginx[nginx<br/>balancer]
    visitor[visitor<br/>visitor]
  end
  subgraph net_private [private, internal]
    db[(db<br/>primary)]
    web_1[web-1<br/>web]
    web_2[web-2<br/>web]
  end
  requests -->|:80| nginx
  web_1 --> db
  web_2 --> db
  nginx --> web_1
  nginx --> web_2
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestPeersByWholeName keeps web-1 from being seen in web-10.
func TestPeersByWholeName(t *testing.T) {
	top := Topology{Networks: []Network{{Name: "n"}}, Nodes: []Node{
		{Name: "a", Env: map[string]string{"TO": "web-10:80,x-b:1"}}, {Name: "web-1"}, {Name: "web-10"}, {Name: "b"}}}
	if got := strings.Join(top.peers(top.Nodes[0]), " "); got != "web-10" {
		t.Errorf("peers: %s", got)
	}
}
