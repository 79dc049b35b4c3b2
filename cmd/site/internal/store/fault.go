package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Code is the reason why an operation failed.
type Code string

// The codes of a Fault.
const (
	NoPrimary Code = "no-primary" // no node that accepts writes was found in time
	NoNode    Code = "no-node"    // no connection was available in time
	Busy      Code = "busy"       // too many operations are waiting
	Rejected  Code = "rejected"   // the node answered with an error and rolled back
	Late      Code = "late"       // a read got no answer in time
	Unknown   Code = "unknown"    // sent, but the outcome is unknown
)

// Fault is why an operation failed. Unless its code is Unknown, it was
// certainly not applied.
type Fault struct {
	Code Code
	Node string // the node that was used, if any
	Err  error
}

func (f *Fault) Error() string {
	if f.Node == "" {
		return fmt.Sprintf("%s: %v", f.Code, f.Err)
	}
	return fmt.Sprintf("%s: %s: %v", f.Code, f.Node, f.Err)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Applied reports whether the operation may have been applied.
func (f *Fault) Applied() bool { return f.Code == Unknown }

// ErrNotFound means that the user does not exist.
var ErrNotFound = errors.New("no such user")

// verdict is the class of an error of a statement.
type verdict int

const (
	undecided verdict = iota // may have been applied; the connection is broken or unusable
	readOnly                 // rolled back; this node is not the primary
	again                    // rolled back; a retry may succeed
	refused                  // rolled back
)

// classify classifies an error of a statement. A node that answers with an error
// has rolled back, except for errors that end the session: they may come after the
// commit. Source of the error classes: PostgreSQL 15, appendix A.
func classify(err error) verdict {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Severity == "FATAL" || pg.Severity == "PANIC" {
		return undecided
	}
	switch {
	case pg.Code == "25006": // read_only_sql_transaction
		return readOnly
	case pg.Code == "40003": // statement_completion_unknown
		return undecided
	case pg.Code == "40001", pg.Code == "40P01": // serialization_failure, deadlock_detected
		return again
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "58"), strings.HasPrefix(pg.Code, "XX"):
		return undecided
	}
	return refused
}
