package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// readAudit reads the audit in pieces, since it may hold millions of values.
// The memory it uses is bounded by the size of its file.
func (r *Run) readAudit(f io.Reader, size int64) error {
	z, done, err := unpacker(f, size)
	if err != nil {
		return err
	}
	defer done()
	return r.takeAudit(z, size)
}

// takeAudit reads an audit from a file of size bytes.
func (r *Run) takeAudit(z *capped, size int64) (err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // most allocations are lists that grow and leave garbage
	a := auditReader{in: z, d: json.NewDecoder(z), words: map[string]string{}, left: max(valuesFloor, int(size)*valuesPerPackedByte-1_000_000)}
	if r.Final, err = a.audit(); err != nil {
		return err
	}
	if _, err := a.token(); err != io.EOF {
		return errors.Join(errors.New("data follows the end of the audit"), err)
	}
	return nil
}

// auditReader reads an audit. A value that several stores hold is kept once.
type auditReader struct {
	in    *capped
	d     *json.Decoder
	words map[string]string
	left  int // how many more values are allowed
}

// token returns the next token. A decoder buffers a token until it is complete,
// so the length of a token is limited.
func (a *auditReader) token() (json.Token, error) {
	a.in.piece = maxPiece
	return a.d.Token()
}

// audit reads the audit, or null if there was none.
func (a *auditReader) audit() (*Audit, error) {
	t, err := a.token()
	if err != nil || t == nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, fmt.Errorf("the audit must be an object, got %v", t)
	}
	var all Audit
	err = a.fields(&all, "stores", func() error {
		return a.each('[', func() error {
			if len(all.Stores) >= maxSteps {
				return fmt.Errorf("at most %d stores are read", maxSteps)
			}
			all.Stores = append(all.Stores, Store{})
			return a.store(&all.Stores[len(all.Stores)-1])
		})
	})
	return &all, errors.Join(err, inTime("the audit", all.At))
}

// store reads the contents of one node.
func (a *auditReader) store(s *Store) error {
	t, err := a.token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("a store must be an object, got %v", t)
	}
	var values map[string][]string
	err = a.fields(s, "values", func() error {
		return a.each('{', func() error {
			name, err := a.text()
			if err != nil {
				return err
			}
			var held []string
			err = a.each('[', func() error {
				v, err := a.text()
				held = append(held, v)
				return err
			})
			if values == nil {
				values = map[string][]string{}
			}
			if _, twice := values[name]; twice {
				return fmt.Errorf("%q appears twice", name)
			}
			values[name] = held
			return err
		})
	})
	s.Values = values
	return err
}

// fields reads the rest of an object into a struct, except the field name, whose
// value the function read reads.
func (a *auditReader) fields(into any, name string, read func() error) error {
	rest := map[string]json.RawMessage{}
	for a.d.More() {
		field, err := a.text()
		if err != nil {
			return err
		}
		if _, twice := rest[field]; twice || field != name && strings.EqualFold(field, name) {
			return fmt.Errorf("%q appears twice", field)
		}
		rest[field] = json.RawMessage("null")
		if field == name {
			if err := read(); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		a.in.piece = maxPiece
		if err := a.d.Decode(&raw); err != nil {
			return err
		}
		if err := checkJSON(raw, itemsOf(len(raw))); err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
		rest[field] = raw
	}
	if _, err := a.token(); err != nil { // its end
		return err
	}
	delete(rest, name)
	b, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// each reads a list or an object, or null, and calls read before each of its
// elements.
func (a *auditReader) each(open json.Delim, read func() error) error {
	t, err := a.token()
	if err != nil || t == nil {
		return err
	}
	if t != open {
		return fmt.Errorf("expected %v, got %v", open, t)
	}
	for a.d.More() {
		if a.left--; a.left < 0 {
			return errors.New("more values than a file of its size can hold")
		}
		if err := read(); err != nil {
			return err
		}
	}
	_, err = a.token()
	return err
}

// text reads a string.
func (a *auditReader) text() (string, error) {
	t, err := a.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("expected a string, got %v", t)
	}
	if w, known := a.words[s]; known {
		return w, nil
	}
	if len(a.words) < mostWords {
		a.words[s] = s
	}
	return s, nil
}
