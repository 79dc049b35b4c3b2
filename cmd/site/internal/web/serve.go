package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// lingers is how long a draining server still accepts connections, each for
	// one answer: a load balancer's idle connections are then closed after an
	// answer, not while a request is being sent.
	lingers = 500 * time.Millisecond
	// finishes is how long it then waits for requests in flight.
	finishes = 5 * time.Second
	// idles is longer than nginx keeps an idle connection (60 s), so that nginx
	// closes it.
	idles = 75 * time.Second
)

// Serve answers requests on a listener until ctx is done. With drain, it then
// finishes requests in flight.
func Serve(ctx context.Context, l net.Listener, s *Site, drain bool) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20*time.Second + s.postWork,
		IdleTimeout:       idles,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %v: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	if !drain {
		return server.Close()
	}
	s.Drain()
	s.log.Info("draining", "at-most", lingers+finishes)
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %v: %w", l.Addr(), err)
	case <-time.After(lingers):
	}
	end, cancel := context.WithTimeout(context.Background(), finishes)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(fmt.Errorf("finish requests in flight: %w", err), server.Close())
	}
	return nil
}
