package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A line of the history is the JSON object that encoding/json makes of a
// [Request]; a test compares the two. It is encoded by hand because that happens
// during the attack, once per request. It is decoded by hand because only one
// spelling is valid: the reader encodes each request again and compares, so a
// missing, duplicated or unknown field is refused.

// appendLine adds the line of a request, with its end.
func appendLine(b []byte, q *Request) []byte {
	b = strconv.AppendUint(append(b, `{"Seq":`...), q.Seq, 10)
	b = appendText(append(b, `,"Operation":`...), q.Operation)
	b = appendText(append(b, `,"Key":`...), q.Key)
	b = appendText(append(b, `,"Value":`...), q.Value)
	b = strconv.AppendInt(append(b, `,"Intended":`...), int64(q.Intended), 10)
	b = strconv.AppendInt(append(b, `,"Sent":`...), int64(q.Sent), 10)
	b = strconv.AppendInt(append(b, `,"Done":`...), int64(q.Done), 10)
	b = strconv.AppendInt(append(b, `,"Fate":`...), int64(q.Fate), 10)
	b = strconv.AppendInt(append(b, `,"Status":`...), int64(q.Status), 10)
	b = appendText(append(b, `,"Error":`...), q.Error)
	b = appendText(append(b, `,"Server":`...), q.Server)
	b = appendText(append(b, `,"Store":`...), q.Store)
	b = strconv.AppendInt(append(b, `,"Client":`...), int64(q.Client), 10)
	return append(b, '}', '\n')
}

// appendText adds a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c >= utf8.RuneSelf {
			text, _ := json.Marshal(strings.ToValidUTF8(s, "\uFFFD")) // of a string it cannot fail
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// lineReader reads lines of a history. Names of operations, servers and errors
// are repeated, so each is stored only once.
type lineReader struct {
	left  []byte
	wrong error
	again []byte
	words map[string]string
}

// request reads one line, without its end.
func (l *lineReader) request(line []byte) (Request, error) {
	l.left, l.wrong = line, nil
	q := Request{Seq: uint64(l.number(`{"Seq":`))}
	q.Operation = l.word(`,"Operation":`)
	q.Key, q.Value = l.text(`,"Key":`), l.text(`,"Value":`)
	q.Intended = time.Duration(l.number(`,"Intended":`))
	q.Sent, q.Done = time.Duration(l.number(`,"Sent":`)), time.Duration(l.number(`,"Done":`))
	fate := l.number(`,"Fate":`)
	q.Status = int(l.number(`,"Status":`))
	q.Error, q.Server, q.Store = l.word(`,"Error":`), l.word(`,"Server":`), l.word(`,"Store":`)
	q.Client = int(l.number(`,"Client":`))
	l.skip(`}`)
	switch {
	case l.wrong != nil:
		return q, l.wrong
	case fate < 0 || fate > int64(Unanswered):
		return q, fmt.Errorf("%d is not a fate", fate)
	}
	q.Fate = Fate(fate)
	if l.again = appendLine(l.again[:0], &q); !bytes.Equal(l.again[:len(l.again)-1], line) {
		return q, errors.New("it is not written as Holdfast writes it")
	}
	return q, sane(&q)
}

// sane returns an error if the values of a request are impossible.
func sane(q *Request) error {
	switch {
	case q.Fate == Unsent && (q.Sent != 0 || q.Done != 0):
		return errors.New("it was never sent, but has a send time or an end time")
	case q.Intended < 0 || q.Sent < 0 || q.Fate != Unsent && q.Done < q.Sent:
		return fmt.Errorf("its times are out of order: intended %v, sent %v, done %v", q.Intended, q.Sent, q.Done)
	case max(q.Intended, q.Done) > maxTime:
		return fmt.Errorf("its times are beyond the %v that a run may take: intended %v, done %v", maxTime, q.Intended, q.Done)
	}
	return nil
}

// skip consumes the text that must come next.
func (l *lineReader) skip(name string) {
	rest, ok := bytes.CutPrefix(l.left, []byte(name))
	if l.left = rest; !ok && l.wrong == nil {
		l.wrong = fmt.Errorf("%s is missing or out of place", name)
	}
}

func (l *lineReader) number(name string) int64 {
	l.skip(name)
	n := 0
	for n < len(l.left) && (l.left[n] == '-' || l.left[n] >= '0' && l.left[n] <= '9') {
		n++
	}
	v, err := strconv.ParseInt(string(l.left[:n]), 10, 64)
	if err != nil && l.wrong == nil {
		l.wrong = fmt.Errorf("%s is not a whole number", name)
	}
	l.left = l.left[n:]
	return v
}

// text reads a string.
func (l *lineReader) text(name string) string { return string(l.raw(name)) }

// word reads a string that is likely to be repeated.
func (l *lineReader) word(name string) string {
	b := l.raw(name)
	if w, known := l.words[string(b)]; known {
		return w
	}
	w := string(b)
	if l.words == nil {
		l.words = map[string]string{}
	}
	if len(l.words) < mostWords {
		l.words[w] = w
	}
	return w
}

func (l *lineReader) raw(name string) []byte {
	l.skip(name)
	if len(l.left) == 0 || l.left[0] != '"' {
		if l.wrong == nil {
			l.wrong = fmt.Errorf("%s is not a string", name)
		}
		return nil
	}
	end, escaped := 1, false
	for end < len(l.left) && l.left[end] != '"' {
		if l.left[end] == '\\' {
			escaped = true
			end++
		}
		end++
	}
	if end >= len(l.left) {
		if l.wrong == nil {
			l.wrong = fmt.Errorf("%s is an unterminated string", name)
		}
		return nil
	}
	quoted := l.left[:end+1]
	l.left = l.left[end+1:]
	if !escaped {
		return quoted[1:end]
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil && l.wrong == nil {
		l.wrong = fmt.Errorf("%s: %w", name, err)
	}
	return []byte(s)
}
