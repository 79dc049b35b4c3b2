package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/cmd/site/internal/store"
)

// body is the body of an error answer.
type body struct {
	Error string `json:"error"`
	Code  string `json:"code"`
}

// say answers with a JSON object.
func say(w http.ResponseWriter, status int, object any) {
	b, err := json.Marshal(object)
	if err != nil {
		panic(err) // the objects contain only strings
	}
	b = append(b, '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b)
}

// refuse answers with an error and reports that nothing was applied.
func refuse(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("X-Holdfast-Applied", "no")
	say(w, status, body{Error: text, Code: code})
}

// named sets the header with the node that served the request.
func named(w http.ResponseWriter, node string) {
	if node != "" {
		w.Header().Set("X-Holdfast-Store", node)
	}
}

// fail answers for an error of the store. It reports that nothing was applied only
// if that is certain; reads change nothing.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, store.ErrNotFound) {
		refuse(w, http.StatusNotFound, "not-found", err.Error())
		return
	}
	answer := body{Error: "the outcome is unknown: " + err.Error(), Code: string(store.Unknown)}
	fault := (*store.Fault)(nil)
	certain := r.Method == http.MethodGet || r.Method == http.MethodHead
	if errors.As(err, &fault) && (certain || !fault.Applied()) {
		certain, answer = true, body{Error: err.Error(), Code: string(fault.Code)}
	}
	s.report(slog.LevelWarn, "operation failed", "method", r.Method, "code", answer.Code, "error", err.Error())
	if certain {
		w.Header().Set("X-Holdfast-Applied", "no")
	}
	say(w, http.StatusServiceUnavailable, answer)
}

// notAllowed answers a method that a path does not support.
func notAllowed(has map[string]http.HandlerFunc) http.HandlerFunc {
	allow := strings.Join(slices.Sorted(maps.Keys(has)), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		refuse(w, http.StatusMethodNotAllowed, "method", r.Method+" is not allowed for this path")
	}
}

// limiter passes one message of each kind per second.
type limiter struct {
	mu   sync.Mutex
	last map[string]time.Time
	held map[string]int
}

// allow reports whether a message of that kind may pass now, and how many were
// suppressed since the last one.
func (l *limiter) allow(kind string, now time.Time) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last, l.held = map[string]time.Time{}, map[string]int{}
	}
	if now.Sub(l.last[kind]) < time.Second {
		l.held[kind]++
		return 0, false
	}
	held, l.last[kind], l.held[kind] = l.held[kind], now, 0
	return held, true
}

// report logs a message, at most one of each kind per second.
func (s *Site) report(level slog.Level, kind string, args ...any) {
	if held, ok := s.quiet.allow(kind, time.Now()); ok {
		s.log.Log(context.Background(), level, kind, append(args, "held-back", held)...)
	}
}
