package results

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// File is the digest and size of a file beside run.json.
type File struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Open reads a run from its folder. It returns an error for anything that is not
// the record that was saved: a run.json with a newer schema, a file whose digest
// differs from the one in run.json, a history with a request missing, duplicated
// or out of order, or an impossible time.
//
// Two kinds of record are read but doubted (see [Run.Doubt]): one whose run.json
// has no digests, and the remains of a run that was killed.
func Open(folder string) (*Run, error) {
	r, err := open(folder)
	if err != nil {
		return nil, fmt.Errorf("load run: %w", err)
	}
	return r, nil
}

func open(folder string) (*Run, error) {
	path := filepath.Join(folder, runFile)
	f, size, err := openLimited(path, maxRunBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no run in %s: name the folder of one, such as results/runs/latest: %w", folder, err)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	text := make([]byte, size)
	if _, err := io.ReadFull(f, text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r, err := readRun(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	if !r.Finished && len(r.Files) == 0 {
		return r, r.readStream(folder)
	}
	if len(r.Files) == 0 {
		r.Doubt = "run.json holds no digests of the files beside it, so nothing shows that they belong together"
	}
	if err := r.readFiles(folder); err != nil {
		return nil, err
	}
	return r, nil
}

// readRun reads a run.json.
func readRun(text []byte) (*Run, error) {
	var r Run
	if err := decode(text, &r); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if r.Schema < 1 || r.Schema > SchemaVersion {
		return nil, fmt.Errorf("has schema %d; this holdfast reads 1 to %d: use the version that wrote it (%q)", r.Schema, SchemaVersion, r.Where.Version)
	}
	if err := r.sane(); err != nil {
		return nil, fmt.Errorf("holds an impossible value: %w", err)
	}
	for name, f := range r.Files {
		if filepath.Base(name) != name || !filepath.IsLocal(name) {
			return nil, fmt.Errorf("holds a digest of %q, which is not a file beside it", name)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != sha256.Size || f.Bytes < 0 {
			return nil, fmt.Errorf("holds no digest of %s, but %q", name, f.SHA256)
		}
	}
	if _, held := r.Files[historyFile]; len(r.Files) > 0 && !held {
		return nil, fmt.Errorf("holds no digest of %s", historyFile)
	}
	if _, held := r.Files[auditFile]; len(r.Files) > 0 && !held {
		return nil, fmt.Errorf("holds no digest of %s", auditFile)
	}
	return &r, nil
}

// readFiles reads history and audit, and verifies the other files with a digest in
// run.json, if they exist.
func (r *Run) readFiles(folder string) error {
	if err := r.verified(folder, historyFile, r.readHistory); err != nil {
		return err
	}
	if err := r.verified(folder, auditFile, r.readAudit); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if name == historyFile || name == auditFile {
			continue
		}
		err := r.verified(folder, name, func(f io.Reader, _ int64) error { return nil })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// verified calls take with a file, and returns an error if its digest is not the
// one in run.json.
func (r *Run) verified(folder, name string, take func(io.Reader, int64) error) error {
	path := filepath.Join(folder, name)
	f, size, err := openLimited(path, maxPackedBytes)
	if err != nil {
		return err
	}
	defer f.Close()
	want, held := r.Files[name]
	if held && size != want.Bytes {
		return fmt.Errorf("%s is not the file of this run: it has %d bytes, and run.json says %d", path, size, want.Bytes)
	}
	if held {
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != strings.ToLower(want.SHA256) {
			return fmt.Errorf("%s is not the file of this run: its SHA-256 is %s, and run.json says %s", path, got, want.SHA256)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := take(f, size); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readHistory reads the history of a saved run: requests 0, 1, and so on.
func (r *Run) readHistory(f io.Reader, size int64) error {
	z, done, err := unpacker(f, size)
	if err != nil {
		return err
	}
	defer done()
	return r.takeHistory(z, size)
}

// takeHistory reads the lines of a history from a file of size bytes.
func (r *Run) takeHistory(z io.Reader, size int64) error {
	var l lineReader
	most := min(r.Load.Planned, MaxRequests, uint64(max(unpackedFloor, size*unpackedRatio)/leastLineBytes))
	r.Requests = make(History, 0, min(most, leastItems+uint64(size)/bytesPerItem))
	torn, err := eachLine(z, maxLine, func(line []byte) error {
		q, err := l.request(line)
		switch n := uint64(len(r.Requests)); {
		case err != nil:
			return err
		case q.Seq != n:
			return fmt.Errorf("request %d is in the place of request %d", q.Seq, n)
		case n >= MaxRequests:
			return fmt.Errorf("a run has at most %d requests", MaxRequests)
		}
		r.Requests = append(r.Requests, q)
		return nil
	})
	if err == nil && torn {
		err = errors.New("it ends in the middle of a line")
	}
	if len(r.Requests) == 0 {
		r.Requests = nil
	}
	return err
}

// arrange sorts requests that were recorded in the order of their end into the
// order of their schedule, and returns an error if one appears twice.
func (r *Run) arrange() error {
	slices.SortFunc(r.Requests, bySeq)
	for i := 1; i < len(r.Requests); i++ {
		if r.Requests[i].Seq == r.Requests[i-1].Seq {
			return fmt.Errorf("request %d appears twice", r.Requests[i].Seq)
		}
	}
	return nil
}
