package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/cmd/site/internal/store"
)

// fakeStore answers as told.
type fakeStore struct {
	err  error
	node string
	do   func()
	put  string
}

func (f *fakeStore) answer() (string, error) {
	if f.do != nil {
		f.do()
	}
	return f.node, f.err
}

func (f *fakeStore) User(context.Context, string) (string, string, error) {
	node, err := f.answer()
	return "v", node, err
}

func (f *fakeStore) Put(_ context.Context, _, value string) (string, error) {
	f.put = value
	return f.answer()
}

func (f *fakeStore) Post(ctx context.Context, id, value string) (string, error) {
	return f.Put(ctx, id, value)
}

func (f *fakeStore) Posts(context.Context, string) ([]string, string, error) {
	node, err := f.answer()
	return nil, node, err
}

func (f *fakeStore) Ready() (string, error) { return f.answer() }

func site(t *testing.T, s Store, work time.Duration) *Site {
	return New("web-1", s, work, slog.New(slog.NewTextHandler(t.Output(), nil)))
}

func ask(s *Site, method, path, in string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(in)))
	return w
}

func TestRoutes(t *testing.T) {
	long := strings.Repeat("x", longestValue+1)
	for _, c := range []struct {
		method, path, in string
		status           int
		out              string
	}{
		{"GET", "/users/17", "", 200, `{"id":"17","value":"v"}`},
		{"PUT", "/users/17", `{"value":"run-1"}`, 200, `{"id":"17","value":"run-1"}`},
		{"POST", "/users/17/posts", `{"value":"run-2"}`, 201, `{"id":"17","value":"run-2"}`},
		{"GET", "/users/17/posts", "", 200, `{"id":"17","posts":[]}`},
		{"GET", "/healthz", "", 200, `{"status":"up"}`},
		{"GET", "/readyz", "", 200, `{"status":"ready"}`},
		{"GET", "/static/small.txt", "", 200, "A small file, the same on every web server."},
		{"PUT", "/users/17", `{"value":""}`, 200, `{"id":"17","value":""}`},
		{"GET", "/users/x7", "", 400, `"bad-request"`},
		{"GET", "/users/" + strings.Repeat("1", 19), "", 400, `"bad-request"`},
		{"PUT", "/users/17", ``, 400, `"bad-request"`},
		{"PUT", "/users/17", `{}`, 400, `"no value"`},
		{"PUT", "/users/17", `{"value":7}`, 400, `"bad-request"`},
		{"PUT", "/users/17", `{"value":"a\u0000"}`, 400, `not text`},
		{"PUT", "/users/17", "{\"value\":\"\xff\"}", 400, `not text`},
		{"PUT", "/users/17", `{"value":"` + long + `"}`, 400, `longer than 4096`},
		{"PUT", "/users/17", `{"value":"` + strings.Repeat("x", longestBody) + `"}`, 413, `"too-large"`},
		{"DELETE", "/users/17", "", 405, `"method"`},
		{"POST", "/static/small.txt", "", 405, `"method"`},
		{"GET", "/nowhere", "", 404, `"not-found"`},
	} {
		w := ask(site(t, &fakeStore{node: "pg-1"}, 0), c.method, c.path, c.in)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.out) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, w.Code, w.Body, c.status, c.out)
		}
		h := w.Header()
		if h.Get("X-Holdfast-Server") != "web-1" {
			t.Errorf("%s %s: server %q", c.method, c.path, h.Get("X-Holdfast-Server"))
		}
		if stored := strings.HasPrefix(c.path, "/users") && c.status < 300; stored && h.Get("X-Holdfast-Store") != "pg-1" {
			t.Errorf("%s %s: store %q", c.method, c.path, h.Get("X-Holdfast-Store"))
		}
		if no := h.Get("X-Holdfast-Applied") == "no"; no != (c.status >= 400) {
			t.Errorf("%s %s: %d, and X-Holdfast-Applied: no is %v", c.method, c.path, c.status, no)
		}
	}
}

// TestFailures holds the promise of X-Holdfast-Applied against every failure.
func TestFailures(t *testing.T) {
	fault := func(c store.Code) error { return &store.Fault{Code: c, Err: errors.New("so it is")} }
	for _, c := range []struct {
		method  string
		err     error
		status  int
		code    string
		applied string
	}{
		{"PUT", fault(store.Unknown), 503, "unknown", ""},
		{"PUT", errors.New("what is this"), 503, "unknown", ""},
		{"PUT", fault(store.NoPrimary), 503, "no-primary", "no"},
		{"PUT", fault(store.NoNode), 503, "no-node", "no"},
		{"PUT", fault(store.Busy), 503, "busy", "no"},
		{"PUT", fault(store.Rejected), 503, "rejected", "no"},
		{"GET", fault(store.Unknown), 503, "unknown", "no"},
		{"GET", store.ErrNotFound, 404, "not-found", "no"},
	} {
		w := ask(site(t, &fakeStore{err: c.err}, 0), c.method, "/users/1", `{"value":"v"}`)
		var b body
		if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || b.Error == "" {
			t.Fatalf("%s, %v: %s", c.method, c.err, w.Body)
		}
		if got := w.Header().Get("X-Holdfast-Applied"); w.Code != c.status || b.Code != c.code || got != c.applied {
			t.Errorf("%s, %v: %d %s, applied %q; want %d %s, %q", c.method, c.err, w.Code, b.Code, got, c.status, c.code, c.applied)
		}
	}
}

func TestPanic(t *testing.T) {
	w := ask(site(t, &fakeStore{do: func() { panic("oh") }}, 0), "PUT", "/users/1", `{"value":"v"}`)
	if w.Code != 500 || w.Header().Get("X-Holdfast-Applied") != "" || !strings.Contains(w.Body.String(), `"panic"`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestPostWork(t *testing.T) {
	began := time.Now()
	if w := ask(site(t, &fakeStore{}, 50*time.Millisecond), "POST", "/users/1/posts", `{"value":"v"}`); w.Code != 201 || time.Since(began) < 50*time.Millisecond {
		t.Errorf("%d after %v", w.Code, time.Since(began))
	}
}

func TestNotReady(t *testing.T) {
	if w := ask(site(t, &fakeStore{err: errors.New("no")}, 0), "GET", "/readyz", ""); w.Code != 503 {
		t.Errorf("%d", w.Code)
	}
}

// served is a site that really listens; end asks it to stop.
func served(t *testing.T, s *Site, drain bool) (url string, end func(), ended chan error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() { ended <- Serve(ctx, l, s, drain) }()
	return "http://" + l.Addr().String(), end, ended
}

func TestDrain(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	s := site(t, &fakeStore{do: func() { inside <- true; <-leave }}, 0)
	url, end, ended := served(t, s, true)
	status := make(chan int, 1)
	go func() {
		answer, err := http.Get(url + "/users/1")
		if err != nil {
			status <- 0
			return
		}
		io.Copy(io.Discard, answer.Body)
		status <- answer.StatusCode
	}()
	<-inside
	end()
	for !s.draining.Load() {
		time.Sleep(time.Millisecond)
	}
	answer, err := http.Get(url + "/healthz")
	if err != nil || answer.StatusCode != 503 || !answer.Close {
		t.Errorf("healthz while draining: %v, %v", answer, err)
	}
	leave <- true
	if got := <-status; got != 200 {
		t.Errorf("the request in flight ended with %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNoDrain(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	url, end, ended := served(t, site(t, &fakeStore{do: func() { inside <- true; <-leave }}, 0), false)
	failed := make(chan error, 1)
	go func() {
		_, err := http.Get(url + "/users/1")
		failed <- err
	}()
	<-inside
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("the request in flight was finished")
	}
	close(leave)
}

func TestConfig(t *testing.T) {
	of := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	c, err := FromEnvironment(of(map[string]string{"HOLDFAST_DB": "pg-1:5432, pg-2:5432", "HOLDFAST_READS": "replicas", "HOLDFAST_POST_WORK": "2s", "HOLDFAST_DRAIN": "off"}))
	if err != nil || len(c.DB) != 2 || c.DB[1] != "pg-2:5432" || !c.Replicas || c.PostWork != 2*time.Second || c.Drain || c.Users != 10_000 || c.Listen != ":8080" || c.Server == "" {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = FromEnvironment(of(map[string]string{"HOLDFAST_DB": "pg-1", "HOLDFAST_READS": "both", "HOLDFAST_POST_WORK": "-1s", "HOLDFAST_USERS": "0", "HOLDFAST_DRAIN": "no"}))
	for _, key := range []string{"DB", "READS", "POST_WORK", "USERS", "DRAIN"} {
		if err == nil || !strings.Contains(err.Error(), "HOLDFAST_"+key) {
			t.Errorf("nothing is said about %s: %v", key, err)
		}
	}
}

func TestLimiter(t *testing.T) {
	var l limiter
	now := time.Unix(100, 0)
	for i, want := range []bool{true, false, false} {
		if _, ok := l.allow("a", now); ok != want {
			t.Errorf("message %d: %v", i, ok)
		}
	}
	if held, ok := l.allow("a", now.Add(time.Second)); !ok || held != 2 {
		t.Errorf("a second later: %v, %d held back", ok, held)
	}
}
