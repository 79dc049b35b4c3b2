package results

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/klauspost/compress/zstd"
)

// The files of a run's folder.
const (
	runFile     = "run.json"
	historyFile = "history.ndjson.zst"
	auditFile   = "audit.json.zst"
	logFile     = "latency.hlog"
	pageFile    = "report.html"
)

// Keepable returns an error if runs cannot be saved in a folder, so that this is
// known before a run. It creates a missing folder for this user alone; an existing
// folder keeps its permissions.
func Keepable(folder string) error {
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(folder, ".keepable-"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("keep runs in %s: %w", folder, err)
	}
	return nil
}

// SaveRun writes only run.json, with what is known so far: finished: false marks
// the folder of a run that was cut short.
func SaveRun(folder string, r *Run) error {
	err := os.MkdirAll(folder, 0o755)
	if err == nil {
		err = write(filepath.Join(folder, runFile), func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			saved := *r
			saved.Schema = SchemaVersion
			return e.Encode(&saved)
		})
	}
	if err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return nil
}

// SaveRecord writes what was recorded, before anything is drawn from it: the
// history, the audit, and last run.json with their digests. Each file appears
// whole or not at all. It takes the place of the run's [Stream].
func SaveRecord(folder string, r *Run) error {
	err := os.MkdirAll(folder, 0o755)
	if err == nil {
		err = errors.Join(
			write(filepath.Join(folder, historyFile), compressed(r.writeHistory)),
			write(filepath.Join(folder, auditFile), compressed(func(w io.Writer) error { return json.NewEncoder(w).Encode(r.Final) })),
		)
	}
	if err == nil {
		r.Files, err = digests(folder)
	}
	if err != nil { // and no run.json that promises what is not there
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	if err := SaveRun(folder, r); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(folder, streamFile)); err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return nil
}

// SaveVerdicts writes what was drawn from a record that was saved: the verdicts,
// into run.json, and the files of latencies.
func SaveVerdicts(folder string, r *Run) error {
	err := saveLatency(folder, r)
	if err == nil {
		r.Files, err = digests(folder)
	}
	if err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return SaveRun(folder, r)
}

// SavePage writes the report as a page. It tells how the run ended, so it comes
// last.
func SavePage(folder string, r *Run) error {
	err := derive(filepath.Join(folder, pageFile), func(w io.Writer) error { return writePage(w, r) })
	if err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return nil
}

func (r *Run) writeHistory(w io.Writer) error {
	var line []byte
	for i := range r.Requests {
		line = appendLine(line[:0], &r.Requests[i])
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// digests is what run.json says of the files beside it that are finished with
// the run. Logs and the page are not among them: they are written until the end.
func digests(folder string) (map[string]File, error) {
	there, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]File{}
	for _, e := range there {
		name := e.Name()
		if filepath.Ext(name) != ".hgrm" && !slices.Contains([]string{historyFile, auditFile, logFile, IntentsFile}, name) {
			continue
		}
		f, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		n, err := io.Copy(sum, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all[name] = File{SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: n}
	}
	return all, nil
}

// write writes one file atomically and syncs it to disk.
func write(path string, fill func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }() // no effect after the rename
	b := bufio.NewWriterSize(f, 1<<16)
	if err := fill(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// derive writes one file atomically, but does not sync it to disk: it can be
// derived from the record again. There are dozens of such files, and syncing each
// would take seconds.
func derive(path string, fill func(io.Writer) error) (err error) {
	half := path + ".tmp"
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.RemoveAll(half)))
		}
	}()
	f, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(fill(b), b.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(half, path)
}

// compressed passes what fill writes through zstd.
func compressed(fill func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z, err := zstd.NewWriter(w)
		if err != nil {
			return err
		}
		return errors.Join(fill(z), z.Close())
	}
}
