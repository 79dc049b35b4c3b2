//go:build docker

package topologies

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server answers each connection with its bulk and a word, and says so.
const server = `$|=1; $SIG{PIPE}="IGNORE"; $s=IO::Socket::INET->new(LocalPort=>80,Listen=>50,ReuseAddr=>1) or die;
print "serving\n"; while($c=$s->accept){ print "served\n"; print $c ("x" x 100000)."\nhello\n"; close $c }`

// probeHello is a probe from the host.
func probeHello(ctx context.Context, i Instance) (string, error) {
	text, err := fetchFrom(ctx, i)
	if err == nil && !strings.HasSuffix(text, "hello\n") {
		err = fmt.Errorf("it said %q", text)
	}
	return "says hello", err
}

// fetchFrom is what a node's server says to the host.
func fetchFrom(ctx context.Context, i Instance) (string, error) {
	addr, err := i.Addr(ctx, 80)
	if err != nil {
		return "", err
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Second))
	text, err := io.ReadAll(conn)
	return string(text), err
}

// three is a topology of three nodes, c on a network of its own, too.
func three() Topology {
	node := func(name, role string, after ...string) Node {
		return Node{Name: name, Role: role, DC: "west", Image: "tools", After: after, CPU: 0.5, MemoryMiB: 64,
			Cmd: []string{"perl", "-MIO::Socket::INET", "-e", server}, Ports: []int{80}, Ready: probeHello,
			Volumes: []string{"/data"}, Files: []File{{Path: "/etc/holdfast/name", Text: name}},
			Sysctls: map[string]string{"net.ipv4.neigh.eth0.retrans_time_ms": "100"}}
	}
	t := Topology{Name: "three", Entry: "a:80", Networks: []Network{{Name: "inside"}, {Name: "shut", Internal: true}},
		Nodes: []Node{node("a", "front", "b", "c"), node("b", "back"), node("c", "back")}}
	t.Nodes[2].Networks = []string{"inside", "shut"}
	return t
}

// images are built once for all tests, or brought: HOLDFAST_TEST_TOOLS is the
// tag of an image of tools.
var images = sync.OnceValues(func() (map[string]string, error) {
	if tag := os.Getenv("HOLDFAST_TEST_TOOLS"); tag != "" {
		return map[string]string{"tools": tag}, nil
	}
	return Build(context.Background(), []string{"tools"}, nil)
})

// start makes a topology run for a test.
func start(t *testing.T, top Topology, o StartOptions) *cluster {
	t.Helper()
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	o.Images = tags
	began := time.Now()
	c, err := Start(t.Context(), top, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		began := time.Now()
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
		if left := leftovers(t, c.(*cluster).options.RunID); left != "" {
			t.Errorf("left after the stop: %s", left)
		}
	})
	return c.(*cluster)
}

// leftovers is what Docker still holds of a run.
func leftovers(t *testing.T, runID string) string {
	t.Helper()
	d, err := connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	runs, err := runsThere(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, there := runs[runID]; there {
		return runID
	}
	return ""
}

// sh runs a script in a node and fails the test when it fails.
func sh(t *testing.T, i Instance, script string) string {
	t.Helper()
	out, err := i.Exec(t.Context(), "bash", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func TestEngine(t *testing.T) {
	logs := t.TempDir()
	var states []string
	c := start(t, three(), StartOptions{Logs: logs, Report: func(p Progress) {
		states = append(states, fmt.Sprintf("%s %s %s", p.Stage, p.Name, p.State))
	}})
	a, b, n3 := c.find("a"), c.find("b"), c.find("c")
	order := strings.Join(states, ", ")
	if strings.Index(order, "node a ready") < strings.Index(order, "node b ready") {
		t.Errorf("a was ready before b, which it comes after: %s", order)
	}
	t.Run("paper", func(t *testing.T) { paper(t, c) })
	t.Run("kill and start", func(t *testing.T) { killAndStart(t, b) })
	t.Run("pause", func(t *testing.T) { pauseAndWake(t, b) })
	t.Run("cut", func(t *testing.T) { cutAndMend(t, a, n3) })
	t.Run("cut while dead", func(t *testing.T) { cutWhileDead(t, a, n3) })
	t.Run("cpu", func(t *testing.T) { lessCPU(t, b) })
	t.Run("exec", func(t *testing.T) {
		if _, err := b.Exec(t.Context(), "sh", "-c", "echo no; exit 3"); err == nil || errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), "exit code 3: no") {
			t.Errorf("exec that fails: %v", err)
		}
	})
	if err := n3.Pause(t.Context()); err != nil { // a frozen node is taken down as well
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped, one of them frozen, in %v", time.Since(began).Round(time.Millisecond))
	text, err := os.ReadFile(filepath.Join(logs, "b.log"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "serving\n"); n != 2 {
		t.Errorf("the log of b across a kill and a start says serving %d times, want 2:\n%s", n, text)
	}
	if err := a.Kill(t.Context()); !errors.Is(err, ErrEnvironment) {
		t.Errorf("kill after the stop: %v", err)
	}
}

// paper compares what runs with what was on paper.
func paper(t *testing.T, c *cluster) {
	a, n3 := c.find("a"), c.find("c")
	for _, peer := range []string{"a", "b", "c"} {
		ip, _ := c.find(peer).at["inside"].MarshalText()
		if got := sh(t, a, "getent ahostsv4 "+peer+" | head -1"); !strings.HasPrefix(got, string(ip)+" ") {
			t.Errorf("%s resolves to %q, want %s", peer, got, ip)
		}
	}
	if got := sh(t, a, "cat /etc/holdfast/name; mountpoint /data"); !strings.HasPrefix(got, "a") || !strings.Contains(got, "is a mountpoint") {
		t.Errorf("file and volume: %q", got)
	}
	for _, eth := range []string{"eth0", "eth1"} {
		if got := sh(t, n3, "cat /proc/sys/net/ipv4/neigh/"+eth+"/retrans_time_ms"); got != "100" {
			t.Errorf("sysctl of %s: %s", eth, got)
		}
	}
	if found, err := c.Select(t.Context(), Selector{Role: "back", All: true}); err != nil || len(found) != 2 {
		t.Errorf("select: %v %v", found, err)
	}
	if _, err := c.find("b").IP(n3); err != nil {
		t.Error(err)
	}
}

func killAndStart(t *testing.T, b *instance) {
	before, _ := b.Addr(t.Context(), 80)
	for range 2 {
		if err := b.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := b.State(t.Context()); err != nil || s.Running || s.ExitCode != 137 {
		t.Errorf("killed: %+v %v", s, err)
	}
	for range 2 {
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.awaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, _ := b.Addr(t.Context(), 80); after != before {
		t.Errorf("address %s, then %s", before, after)
	}
}

func pauseAndWake(t *testing.T, b *instance) {
	for range 2 {
		if err := b.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := b.State(t.Context()); err != nil || !s.Paused {
		t.Errorf("paused: %+v %v", s, err)
	}
	if _, err := b.Exec(t.Context(), "true"); err == nil {
		t.Error("a frozen node ran a command")
	}
	for range 2 {
		if err := b.Unpause(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := probeHello(t.Context(), b); err != nil {
		t.Error(err)
	}
}

// reaches tells whether one node can connect to another by name.
func reaches(t *testing.T, from, to *instance) bool {
	t.Helper()
	_, err := from.Exec(t.Context(), "timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/"+to.Name()+"/80")
	return err == nil
}

func cutAndMend(t *testing.T, a, n3 *instance) {
	if !reaches(t, a, n3) {
		t.Fatal("not connected to begin with")
	}
	for range 2 {
		if err := n3.Disconnect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if reaches(t, a, n3) {
		t.Error("reached while cut")
	}
	for range 2 {
		if err := n3.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if there, back := reaches(t, a, n3), reaches(t, n3, a); !there || !back {
		t.Errorf("after the mend: reached %v, reaches %v", there, back)
	}
}

func cutWhileDead(t *testing.T, a, n3 *instance) {
	for _, verb := range []func(context.Context) error{n3.Disconnect, n3.Kill, n3.Start} {
		if err := verb(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if reaches(t, a, n3) {
		t.Error("a reboot mended the cable")
	}
	if err := n3.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := n3.awaitReady(t.Context()); err != nil {
		t.Error(err)
	}
	if !reaches(t, a, n3) {
		t.Error("not reached after the mend")
	}
}

func lessCPU(t *testing.T, b *instance) {
	before, err := b.Throttled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	former, err := b.SetCPU(t.Context(), 0.1)
	if err != nil || former != 0.5 {
		t.Fatalf("former %v, %v", former, err)
	}
	sh(t, b, "timeout 1 sh -c 'while :; do :; done' || true")
	after, err := b.Throttled(t.Context())
	if err != nil || after <= before {
		t.Errorf("throttled %v, then %v, %v", before, after, err)
	}
	if low, err := b.SetCPU(t.Context(), former); err != nil || low != 0.1 {
		t.Errorf("former %v, %v", low, err)
	}
}

func TestStartFailureShowsTheCause(t *testing.T) {
	tags, err := images()
	if err != nil {
		t.Fatal(err)
	}
	top := three()
	top.Nodes[1].Cmd = []string{"sh", "-c", "echo last words; exit 7"}
	id := unique("fails")
	_, err = Start(t.Context(), top, StartOptions{RunID: id, Images: tags})
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"start three: b: ", "exited with code 7", "last words"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
	if left := leftovers(t, id); left != "" {
		t.Error("something is left")
	}
}
