package topologies

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestConnectExplainsTheFailure(t *testing.T) {
	pointAtDaemon() // before the test's own choice of daemon, not after
	fixes := map[string]string{
		"unix:///nowhere/docker.sock": "start Docker 20.10 or later",
		"ssh://host":                  "forward its socket",
		"nonsense":                    "set DOCKER_HOST",
	}
	for host, want := range map[string]string{
		"unix:///nowhere/docker.sock": "no daemon at",
		"ssh://host":                  "not supported",
		"nonsense":                    "nonsense",
	} {
		t.Setenv("DOCKER_HOST", host)
		_, err := connect(t.Context())
		if !errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := Start(t.Context(), Topology{Networks: []Network{{Name: "n"}}, Nodes: []Node{sized("a")}}, StartOptions{}); !errors.Is(err, ErrEnvironment) {
			t.Errorf("start at %s: %v", host, err)
		}
		f := Doctor(t.Context(), 0)[0]
		if f.OK || !strings.Contains(f.Text, want) || !strings.Contains(f.Fix, fixes[host]) || strings.Contains(f.Text, "environment") {
			t.Errorf("doctor at %s: %+v", host, f)
		}
		fits := Fits(t.Context(), 0)
		if !errors.Is(fits, ErrEnvironment) {
			t.Errorf("fits at %s: %v", host, fits)
		}
		for _, text := range []string{fits.Error(), err.Error()} {
			for _, once := range []string{"environment", "to do:", "ocker.sock:", "no daemon", "Docker daemon"} {
				if strings.Count(text, once) > 1 {
					t.Errorf("%s: %q is said twice in %s", host, once, text)
				}
			}
		}
	}
}

// TestSilentDaemon asks a daemon that takes connections and never answers.
func TestSilentDaemon(t *testing.T) {
	pointAtDaemon()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := connect(ctx); err == nil {
		t.Error("it answered")
	}
	err = call(t.Context(), "ask", 10*time.Millisecond, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	if !errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), "no answer from Docker within 10ms") {
		t.Errorf("a call that is late: %v", err)
	}
	err = call(ctx, "ask", time.Second, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	if errors.Is(err, ErrEnvironment) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller that gave up: %v", err)
	}
}

// TestLookRecordsIds asks a daemon of our own making: a tag can be given to
// another image, an id cannot.
func TestLookRecordsIds(t *testing.T) {
	pointAtDaemon()
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/_ping"):
		case strings.HasSuffix(path, "/info"):
			io.WriteString(w, `{"ServerVersion": "27.0", "MemTotal": 8589934592}`)
		case strings.HasSuffix(path, "/images/holdfast/site:abc/json"):
			io.WriteString(w, `{"Id": "sha256:123"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer daemon.Close()
	t.Setenv("DOCKER_HOST", "tcp://"+daemon.Listener.Addr().String())
	m := Look(t.Context(), map[string]string{"site": "holdfast/site:abc", "gone": "holdfast/gone:abc"})
	if m.Docker != "27.0" || m.MemoryMiB != 8192 || len(m.Images) != 1 || m.Images["site"] != "sha256:123" {
		t.Errorf("saw %+v", m)
	}
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	if m := Look(t.Context(), nil); m.Docker != "" || m.Images != nil {
		t.Errorf("saw %+v where there is no daemon", m)
	}
}
