package results

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
)

// anyRequest is a request with something in every field, some of it hard to quote.
func anyRequest(random *rand.Rand) Request {
	words := []string{"", "read", "eröffnet", "a\"b\\c", "<&>", "line\nline", "\u2028", "\x00\x1f", "http 503"}
	word := func() string { return words[random.IntN(len(words))] }
	q := Request{
		Seq: random.Uint64() >> 1, Operation: word(), Key: word(), Value: word(), Error: word(), Server: word(), Store: word(),
		Intended: time.Duration(random.Int64N(int64(maxTime))), Fate: Fate(random.IntN(4)), Status: random.IntN(600) - 1, Client: random.IntN(60000),
	}
	if q.Fate != Unsent {
		q.Sent = time.Duration(random.Int64N(int64(maxTime)))
		q.Done = q.Sent + time.Duration(random.Int64N(int64(maxTime-q.Sent)+1))
	}
	return q
}

// TestLineIsWhatJSONMakesOfARequest: whoever reads a history needs to know no
// more than the names of the fields.
func TestLineIsWhatJSONMakesOfARequest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		q := anyRequest(random)
		want, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		line := appendLine(nil, &q)
		if d := cmp.Diff(string(want)+"\n", string(line)); d != "" {
			t.Fatal(d)
		}
		var l lineReader
		back, err := l.request(line[:len(line)-1])
		if d := cmp.Diff(q, back); d != "" || err != nil {
			t.Fatal(err, d)
		}
	}
	if n := reflect.TypeFor[Request]().NumField(); n != 13 {
		t.Errorf("a request has %d fields; teach anyRequest the new ones", n)
	}
}

// TestLineOfAnyText: what a server sends need not be UTF-8, and can be read back.
func TestLineOfAnyText(t *testing.T) {
	err := quick.Check(func(value, word []byte) bool {
		q := Request{Value: string(value), Server: string(word)}
		line := appendLine(nil, &q)
		var l lineReader
		_, err := l.request(line[:len(line)-1])
		return err == nil
	}, nil)
	if err != nil {
		t.Error(err)
	}
}
