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

// proxy is what a configuration of nginx is made of.
type proxy struct {
	Servers       []string // host:port
	IPHash        bool     // stay with the server that a client's address gives; else in turn
	Retries       string   // nginx's proxy_next_upstream: "error timeout", "off"
	Tries         int      // servers asked at most for one request
	Blind         bool     // a server that fails is asked again at once
	Connect, Read string   // limits as nginx writes them: "200ms"; "": its own, 60 s
}

// file is the configuration as a file of the node.
func (p proxy) file() (File, error) {
	text, err := fill("images/nginx/nginx.conf.tmpl", p)
	return File{Path: "/etc/nginx/nginx.conf", Mode: 0o644, Text: text}, err
}

// fill fills in an embedded template.
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

// answers is a probe that asks for path on port by HTTP and wants 200.
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

// quickSilence are settings of a node's network with which it notices within
// half a second that a peer's address is dead: a killed container no longer
// answers ARP, and until the kernel gives the address up, connects hang.
// Milliseconds and numbers of tries, for the node's first interface.
func quickSilence() map[string]string {
	return map[string]string{
		"net.ipv4.neigh.eth0.retrans_time_ms":        "100",
		"net.ipv4.neigh.eth0.base_reachable_time_ms": "1000",
		"net.ipv4.neigh.eth0.delay_first_probe_time": "0",
		"net.ipv4.neigh.eth0.ucast_solicit":          "2",
		"net.ipv4.neigh.eth0.mcast_solicit":          "2",
	}
}
