// Package web is the web application of the reference site.
package web

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Store is the storage of the site. Each method also returns the node that
// executed the operation, if any.
type Store interface {
	User(ctx context.Context, id string) (value, node string, err error)
	Put(ctx context.Context, id, value string) (node string, err error)
	Post(ctx context.Context, id, value string) (node string, err error)
	Posts(ctx context.Context, id string) (values []string, node string, err error)
	Ready() (node string, err error)
}

//go:embed static
var static embed.FS

// Site is the web application.
type Site struct {
	server   string
	store    Store
	postWork time.Duration
	log      *slog.Logger
	draining atomic.Bool
	quiet    limiter
}

// New returns the site with that server name and a store.
func New(server string, store Store, postWork time.Duration, log *slog.Logger) *Site {
	return &Site{server: server, store: store, postWork: postWork, log: log}
}

// Drain makes /healthz answer 503 and every answer the last of its connection.
func (s *Site) Drain() { s.draining.Store(true) }

// Handler answers all requests.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(files)))
	for _, r := range []struct {
		path string
		do   map[string]http.HandlerFunc
	}{
		{"/users/{id}", map[string]http.HandlerFunc{"GET": s.getUser, "PUT": s.putUser}},
		{"/users/{id}/posts", map[string]http.HandlerFunc{"GET": s.listPosts, "POST": s.addPost}},
		{"/healthz", map[string]http.HandlerFunc{"GET": s.healthz}},
		{"/readyz", map[string]http.HandlerFunc{"GET": s.readyz}},
	} {
		for method, do := range r.do {
			mux.HandleFunc(method+" "+r.path, do)
		}
		mux.HandleFunc(r.path, notAllowed(r.do))
	}
	mux.HandleFunc("/static/", notAllowed(map[string]http.HandlerFunc{"GET": nil}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not-found", "no such page")
	})
	return s.outer(mux)
}

// outer wraps every request: it sets the header with the server's name, and answers
// and logs a panic.
func (s *Site) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Holdfast-Server", s.server)
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.report(slog.LevelError, "panic", "path", r.URL.Path, "panic", p)
			say(w, http.StatusInternalServerError, body{Error: "internal error", Code: "panic"})
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Site) healthz(w http.ResponseWriter, _ *http.Request) {
	if s.draining.Load() {
		refuse(w, http.StatusServiceUnavailable, "draining", "shutting down")
		return
	}
	say(w, http.StatusOK, map[string]string{"status": "up"})
}

func (s *Site) readyz(w http.ResponseWriter, _ *http.Request) {
	node, err := s.store.Ready()
	named(w, node)
	switch {
	case s.draining.Load():
		refuse(w, http.StatusServiceUnavailable, "draining", "shutting down")
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, "not-ready", err.Error())
	default:
		say(w, http.StatusOK, map[string]string{"status": "ready"})
	}
}
