package web

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Config is the configuration of the site from environment variables.
type Config struct {
	Listen   string        // HOLDFAST_LISTEN, ":8080"
	Server   string        // HOLDFAST_SERVER, sent in X-Holdfast-Server; default: the host's name
	DB       []string      // HOLDFAST_DB, host:port of each PostgreSQL node
	Password string        // HOLDFAST_DB_PASSWORD, of the databases
	Replicas bool          // HOLDFAST_READS=replicas
	PostWork time.Duration // HOLDFAST_POST_WORK, between a post's commit and its answer
	Users    int           // HOLDFAST_USERS, number of initial users
	Pool     int           // HOLDFAST_POOL, connections to a node for reads, and the same number for writes
	Drain    bool          // HOLDFAST_DRAIN=on: on SIGTERM finish requests in flight
	Defect   Defect        // HOLDFAST_DEFECT, planted on purpose; ""
}

// FromEnvironment reads the configuration from variables; the error contains all
// mistakes.
func FromEnvironment(get func(string) string) (Config, error) {
	host, _ := os.Hostname()
	e := env{get: get}
	c := Config{
		Listen:   e.or("HOLDFAST_LISTEN", ":8080"),
		Server:   e.or("HOLDFAST_SERVER", host),
		DB:       e.addresses("HOLDFAST_DB"),
		Password: get("HOLDFAST_DB_PASSWORD"),
		Replicas: e.word("HOLDFAST_READS", "primary", "replicas") == "replicas",
		PostWork: e.duration("HOLDFAST_POST_WORK"),
		Users:    e.number("HOLDFAST_USERS", 10_000, 1, 10_000_000),
		Pool:     e.number("HOLDFAST_POOL", 10, 1, 1000),
		Drain:    e.word("HOLDFAST_DRAIN", "on", "off") == "on",
		Defect:   e.defect("HOLDFAST_DEFECT"),
	}
	return c, errors.Join(e.errs...)
}

type env struct {
	get  func(string) string
	errs []error
}

func (e *env) wrong(key string, err error) {
	e.errs = append(e.errs, fmt.Errorf("read %s=%q: %w", key, e.get(key), err))
}

func (e *env) or(key, otherwise string) string {
	if v := e.get(key); v != "" {
		return v
	}
	return otherwise
}

func (e *env) addresses(key string) (all []string) {
	for a := range strings.SplitSeq(e.get(key), ",") {
		host, port, err := net.SplitHostPort(strings.TrimSpace(a))
		if _, bad := strconv.ParseUint(port, 10, 16); err == nil && (bad != nil || host == "") {
			err = errors.New("no host or no port")
		}
		if err != nil {
			e.wrong(key, err)
			continue
		}
		all = append(all, net.JoinHostPort(host, port))
	}
	return all
}

func (e *env) word(key, otherwise string, others ...string) string {
	v := e.or(key, otherwise)
	for _, w := range append(others, otherwise) {
		if v == w {
			return v
		}
	}
	e.wrong(key, fmt.Errorf("want %s or %s", otherwise, strings.Join(others, " or ")))
	return otherwise
}

func (e *env) duration(key string) time.Duration {
	d, err := time.ParseDuration(e.or(key, "0s"))
	if err == nil && d < 0 {
		err = errors.New("want 0 or more")
	}
	if err != nil {
		e.wrong(key, err)
	}
	return d
}

func (e *env) defect(key string) Defect {
	d, err := ParseDefect(e.get(key))
	if err != nil {
		e.wrong(key, err)
	}
	return d
}

func (e *env) number(key string, otherwise, low, high int) int {
	n, err := strconv.Atoi(e.or(key, strconv.Itoa(otherwise)))
	if err == nil && (n < low || n > high) {
		err = fmt.Errorf("want %d to %d", low, high)
	}
	if err != nil {
		e.wrong(key, err)
	}
	return n
}
