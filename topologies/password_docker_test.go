//go:build docker

package topologies

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestDatabasesRequireTheRunsPassword: another user of this machine reaches the
// published ports, too, and must not read or write a run's data.
func TestDatabasesRequireTheRunsPassword(t *testing.T) {
	for _, s := range []struct {
		topology string
		settings map[string]any
	}{
		{"single-server", nil},
		{"replication", map[string]any{"replicas": 1}},
		{"replication", map[string]any{"replicas": 1, "failover": "script"}},
	} {
		t.Run(fmt.Sprint(s.topology, s.settings), func(t *testing.T) {
			c := started(t, design(t, s.topology, s.settings))
			databases := 0
			for _, i := range c.Instances() {
				password := i.Node().Env[passwordEnv]
				if password == "" {
					continue
				}
				databases++
				if len(password) < 20 || password == runPassword {
					t.Errorf("%s has the password %q", i.Name(), password)
				}
				addr, err := i.Addr(t.Context(), pgPort)
				if err != nil {
					t.Fatal(err)
				}
				for _, wrong := range []string{"", "postgres", strings.ToLower(password)} {
					conn, err := dial(t.Context(), addr, wrong)
					var refused *pgconn.PgError
					if err == nil {
						conn.Close(t.Context())
						t.Errorf("%s lets in who says %q", i.Name(), wrong)
					} else if wrong != "" && (!errors.As(err, &refused) || refused.Code != "28P01") {
						t.Errorf("%s: %v, want that the password is wrong", i.Name(), err)
					}
				}
				// The replication protocol has rules of its own.
				out, err := i.Exec(t.Context(), "env", "-u", passwordEnv, "psql", "-w", "-U", "postgres", "-h", i.Name(), "replication=database dbname=postgres", "-c", "IDENTIFY_SYSTEM")
				if err == nil {
					t.Errorf("%s replicates to anybody: %s", i.Name(), out)
				}
				conn, err := dial(t.Context(), addr, password)
				if err != nil {
					t.Errorf("%s refuses its own password: %v", i.Name(), err)
					continue
				}
				conn.Close(t.Context())
			}
			if databases == 0 {
				t.Error("no database was tried")
			}
		})
	}
}
