package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/holdfast-lab/holdfast/cmd/site/internal/store"
	"github.com/holdfast-lab/holdfast/cmd/site/internal/web"
)

// runWeb is `site web`: it serves requests until ctx is done.
func runWeb(ctx context.Context, args []string, to io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: site web takes no arguments", errUsage)
	}
	c, err := web.FromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(to, nil)).With("server", c.Server)
	data, err := store.Open(store.Options{Nodes: c.DB, Replicas: c.Replicas, Users: c.Users, Password: c.Password, Size: c.Pool, Session: c.Defect.Session(), Log: log})
	if err != nil {
		return err
	}
	defer data.Close()
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	log.Info("listening", "address", l.Addr().String(), "db", c.DB, "replicas", c.Replicas, "post-work", c.PostWork, "drain", c.Drain)
	if c.Defect.Kind != "" {
		log.Warn("PLANTED DEFECT: this site is broken on purpose", "defect", c.Defect.Kind, "writes", c.Defect.First)
	}
	err = web.Serve(ctx, l, web.New(c.Server, c.Defect.Plant(data), c.PostWork, log), c.Drain && c.Defect.Drains())
	log.Info("stopped")
	return err
}
