// The configuration of nginx: how it spreads requests, and what it does when a
// server does not answer.

package topologies

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/template"
	"time"
)

// proxy is the data of a configuration of nginx.
type proxy struct {
	Servers       []string // host:port
	IPHash        bool     // choose the server by the client's address; otherwise round robin
	Retries       string   // nginx's proxy_next_upstream: "error timeout", "off"
	Tries         int      // maximum number of servers tried for one request
	Blind         bool     // a server that failed is used again at once
	Connect, Read string   // timeouts in nginx's form: "200ms"; "": its default, 60 s
}

// file returns the configuration as a file of the node.
func (p proxy) file() (File, error) {
	text, err := fill("images/nginx/nginx.conf.tmpl", p)
	return File{Path: "/etc/nginx/nginx.conf", Mode: 0o644, Text: text}, err
}

// fill executes an embedded template.
func fill(name string, with any) (string, error) {
	t, err := template.ParseFS(imageFiles, name)
	if err != nil {
		return "", fmt.Errorf("read template: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, with); err != nil {
		return "", fmt.Errorf("fill in template: %w", err)
	}
	return b.String(), nil
}

// answers returns a probe that requests path on port by HTTP and requires 200.
func answers(port int, path string) Probe {
	return func(ctx context.Context, i Instance) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		addr, err := i.Addr(ctx, port)
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
		if err != nil {
			return "", err
		}
		req.Close = true
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			said, _ := io.ReadAll(io.LimitReader(res.Body, 200))
			return "", fmt.Errorf("GET %s: %s: %s", path, res.Status, strings.TrimSpace(string(said)))
		}
		return "answers GET " + path, nil
	}
}

// quickSilence are network settings of a node with which it notices within half a
// second that a peer is down: a killed container no longer answers ARP, and connects
// hang until the kernel marks the address as failed. The values are milliseconds and
// numbers of tries, for the node's first interface.
func quickSilence() map[string]string {
	return map[string]string{
		"net.ipv4.neigh.eth0.retrans_time_ms":        "100",
		"net.ipv4.neigh.eth0.base_reachable_time_ms": "1000",
		"net.ipv4.neigh.eth0.delay_first_probe_time": "0",
		"net.ipv4.neigh.eth0.ucast_solicit":          "2",
		"net.ipv4.neigh.eth0.mcast_solicit":          "2",
	}
}
