package results

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// streamFile holds the batches of a run in progress, see [Batch]; a saved run has
// none, since run.json contains all of it.
const streamFile = "timeline.ndjson"

// Batch is what was recorded since the previous batch: one line of
// timeline.ndjson.
type Batch struct {
	Start  *Start        `json:"start,omitempty"`  // in the first line
	At     time.Duration `json:"at"`               // when it was written, since the start
	Events []Event       `json:"events,omitempty"` // new ones
	Roles  []RoleSample  `json:"roles,omitempty"`  // new ones

	Changes []Change `json:"changes,omitempty"` // of nodes' states, new ones
	Faults  []Fault  `json:"faults,omitempty"`  // all of them in their current state, if one has changed
}

// Start identifies the run of a stream.
type Start struct {
	ID    string    `json:"id"`
	Began time.Time `json:"began"`
}

// Stream writes the record during the run, so that a run that is killed keeps its
// evidence: the timeline into timeline.ndjson, and the requests into
// history.ndjson.zst, one zstd frame per batch, in the order in which they ended.
// [SaveRecord] replaces both with the whole record.
type Stream struct {
	timeline, history *os.File
	zip               *zstd.Encoder
	lines, frame      []byte
}

// OpenStream creates the stream of a run in its folder.
func OpenStream(folder string) (*Stream, error) {
	s, err := &Stream{}, error(nil)
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	if s.timeline, err = os.Create(filepath.Join(folder, streamFile)); err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	if s.history, err = os.Create(filepath.Join(folder, historyFile)); err != nil {
		return nil, fmt.Errorf("open stream: %w", errors.Join(err, s.timeline.Close()))
	}
	return s, nil
}

// Write appends a batch and the requests that ended since the previous one.
func (s *Stream) Write(b Batch, ended []Request) error {
	line, err := json.Marshal(b)
	if err == nil {
		_, err = s.timeline.Write(append(line, '\n')) // before the requests, which need the start of the run
	}
	if err == nil && len(ended) > 0 {
		s.lines = s.lines[:0]
		for i := range ended {
			s.lines = appendLine(s.lines, &ended[i])
		}
		s.frame = s.zip.EncodeAll(s.lines, s.frame[:0])
		_, err = s.history.Write(s.frame)
	}
	if err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	return nil
}

// Close closes the stream and keeps its files.
func (s *Stream) Close() error { return errors.Join(s.timeline.Close(), s.history.Close()) }

// readStream reads the record of a run that was killed: every complete line and
// frame. The last one may be torn.
func (r *Run) readStream(folder string) error {
	began := false
	at := time.Duration(0)
	err := openLines(filepath.Join(folder, streamFile), maxBatch, func(line []byte) error {
		b, err := readBatch(line)
		if err != nil {
			return err
		}
		if began == (b.Start != nil) {
			return errors.New("the start of the run must be in the first line and in no other")
		}
		if b.Start != nil {
			if b.Start.ID != r.ID {
				return fmt.Errorf("it belongs to run %q, but run.json to run %q", b.Start.ID, r.ID)
			}
			began, r.Began = true, b.Start.Began
		}
		if b.At < at {
			return fmt.Errorf("its time, %v, is earlier than that of the previous line", b.At)
		}
		at = b.At
		r.Timeline, r.Roles = append(r.Timeline, b.Events...), append(r.Roles, b.Roles...)
		r.Changes = append(r.Changes, b.Changes...)
		if b.Faults != nil {
			r.Faults = b.Faults
		}
		return nil
	})
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && !began: // it ended before the attack
		r.Doubt = "the run was cut short, and its files have no digests: " + r.Why
		return r.readFrames(folder)
	case err != nil:
		return err
	}
	slices.SortStableFunc(r.Timeline, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	if err := r.readFrames(folder); err != nil {
		return err
	}
	if err := r.readIntents(folder, &at); err != nil {
		return err
	}
	r.Why = r.killed(at)
	r.Doubt = r.Why
	return nil
}

// openLines reads the lines of a file that may end in the middle of a line.
func openLines(path string, longest int, take func(line []byte) error) error {
	f, _, err := openLimited(path, maxRunBytes)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := eachLine(f, longest, take); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// decode reads a text that contains exactly one JSON value within the limits.
func decode(text []byte, into any) error {
	if err := checkJSON(text, itemsOf(len(text))); err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func readBatch(line []byte) (Batch, error) {
	var b Batch
	if err := decode(line, &b); err != nil {
		return b, err
	}
	part := Run{Timeline: b.Events, Roles: b.Roles, Changes: b.Changes, Faults: b.Faults}
	return b, errors.Join(part.sane(), inTime("the batch", b.At))
}

// readFrames reads the requests of a stream, and sorts them.
func (r *Run) readFrames(folder string) error {
	path := filepath.Join(folder, historyFile)
	f, size, err := openLimited(path, maxPackedBytes)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := r.takeFrames(f, size); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (r *Run) takeFrames(f io.Reader, size int64) error {
	z, done, err := unpacker(f, size)
	if err != nil {
		return err
	}
	defer done()
	var l lineReader
	_, err = eachLine(z, maxLine, func(line []byte) error {
		q, err := l.request(line)
		if err == nil && uint64(len(r.Requests)) >= min(r.Load.Planned, MaxRequests) {
			err = fmt.Errorf("it holds more than the %d planned requests", r.Load.Planned)
		}
		r.Requests = append(r.Requests, q)
		return err
	})
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // the last frame may be torn
		return err
	}
	return r.arrange()
}
