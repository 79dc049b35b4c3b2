package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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

// Keepable says whether runs can be kept under a folder, which it makes if need
// be: better to know before a run than after it.
func Keepable(folder string) error {
	err := os.MkdirAll(folder, 0o755)
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

// Save writes the run into the folder, which it makes if need be. Each file
// appears whole or not at all, and run.json last: a folder without it, or with
// one that says finished: false, is the remains of a run that was cut short.
func Save(folder string, r *Run) error {
	if err := save(folder, r); err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return nil
}

func save(folder string, r *Run) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	history := func(w io.Writer) error {
		e := json.NewEncoder(w)
		for i := range r.Requests {
			if err := e.Encode(&r.Requests[i]); err != nil {
				return err
			}
		}
		return nil
	}
	audit := func(w io.Writer) error { return json.NewEncoder(w).Encode(r.Final) }
	plain := func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		saved := *r
		saved.Schema = SchemaVersion
		return e.Encode(&saved)
	}
	if err := errors.Join(
		write(filepath.Join(folder, historyFile), compressed(history)),
		write(filepath.Join(folder, auditFile), compressed(audit)),
		saveLatency(folder, r),
		derive(filepath.Join(folder, pageFile), func(w io.Writer) error { return writePage(w, r) }),
	); err != nil {
		return err // and no run.json that promises what is not there
	}
	return write(filepath.Join(folder, runFile), plain)
}

// write makes one file that appears whole or not at all.
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
	defer func() { _ = f.Cleanup() }() // no effect once the file is in place
	b := bufio.NewWriterSize(f, 1<<16)
	if err := fill(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// derive makes one file that appears whole or not at all, but may be lost when
// the machine dies: it is drawn from the record, which write keeps. There are
// dozens of them, and waiting for the disk for each would take seconds.
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

// Open reads a run back from its folder. It refuses a run.json of a newer
// schema than its own, and a history or an audit that is cut off or missing: a
// verdict on half a record would be no verdict.
func Open(folder string) (*Run, error) {
	b, err := os.ReadFile(filepath.Join(folder, runFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("load run: no run in %s: name the folder of one, such as results/runs/latest: %w", folder, err)
	case err != nil:
		return nil, fmt.Errorf("load run: %w", err)
	}
	var r Run
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("load run: %s: %w", filepath.Join(folder, runFile), err)
	}
	if r.Schema < 1 || r.Schema > SchemaVersion {
		return nil, fmt.Errorf("load run: %s has schema %d; this holdfast reads 1 to %d: use the version that wrote it (%q)",
			filepath.Join(folder, runFile), r.Schema, SchemaVersion, r.Where.Version)
	}
	history := func(d *json.Decoder) error {
		for {
			var q Request
			if err := d.Decode(&q); err == io.EOF {
				return nil
			} else if err != nil {
				return fmt.Errorf("request %d: %w", len(r.Requests), err)
			}
			r.Requests = append(r.Requests, q)
		}
	}
	audit := func(d *json.Decoder) error { return d.Decode(&r.Final) }
	if err := errors.Join(
		read(filepath.Join(folder, historyFile), history),
		read(filepath.Join(folder, auditFile), audit),
	); err != nil {
		return nil, err
	}
	return &r, nil
}

// read opens a compressed file for a decoder.
func read(path string, take func(*json.Decoder) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("load run: %w", err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return fmt.Errorf("load run: %s: %w", path, err)
	}
	defer z.Close()
	if err := take(json.NewDecoder(z)); err != nil {
		return fmt.Errorf("load run: %s: %w", path, err)
	}
	return nil
}
