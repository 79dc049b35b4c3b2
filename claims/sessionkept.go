// A user logs in, and the next request does not know the session, or shows
// another user's data: the server with the session failed, or was never asked.

package claims

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// SessionKept promises that a session that has begun, with an acknowledged
// login (or write) to a key, is found there: none of its later reads of the key
// is empty, is refused as unknown, returns what was stored before any login or
// a value that was never written, or returns what was written to another key.
//
// Writes of other sessions to the same key are accepted, so that users may
// share a key. How old a value may be is checked by read-your-writes.
type SessionKept struct {
	Login        string `yaml:"login,omitempty" json:"login,omitempty"` // the operation that begins or changes the session; "": "write"
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the operation that reads it; "": "read"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // least number of reads after a login of the same session and key; 0: 100
}

// String is the promise as a sentence.
func (SessionKept) String() string { return "a session, once begun, is kept" }

// Valid refuses a negative number.
func (c SessionKept) Valid() error {
	if c.LeastSamples < 0 {
		return errors.New("check session-kept: least is negative")
	}
	return nil
}

// Needs no proof: a lost session stays lost.
func (SessionKept) Needs() Needs { return Needs{Solid: true} }

// unknown is the status codes that mean that the session is unknown.
var unknown = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone}

// cameEmpty reports whether a read was answered without a session.
func cameEmpty(q *results.Request) bool {
	return q.Fate == results.Answered && q.Value == "" || q.Fate == results.Refused && slices.Contains(unknown, q.Status)
}

// Check judges each read after a login.
func (c SessionKept) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c SessionKept) check(x *index) results.Verdict {
	v := results.Verdict{Name: "session-kept", Claim: c.String(), Wanted: "0 lost or mixed up"}
	read, login := ReadsNotStale{Read: c.Read, Write: c.Login}.operations()
	k := sessionReads{x: x, written: x.ledger(login), first: nobody, stranger: nobody}
	rs, logins := x.reads(read, login), x.acknowledged(login)
	var empty []sight
	for _, i := range arranged(x.pick(x.batch(read).sent, cameEmpty), x.session) {
		empty = append(empty, x.sight(i, before, x.session))
	}
	for _, reads := range [][]sight{rs.bySession(), empty} {
		joined(reads, logins, x.session, k.judgeSession)
	}
	v.N = k.judged
	v.Measured = fmt.Sprintf("%d lost, %d mixed up, %d unknown of %d", k.lost, k.others, k.strangers, v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case k.lost+k.others > 0:
		return because(v, results.Broken, "request %d %s", x.at(k.first).Seq, c.describe(x.at(k.first)))
	case k.strangers > 0 && complete(x.run):
		return because(v, results.Broken, "request %d read %q, which was never written", x.at(k.stranger).Seq, x.at(k.stranger).Value)
	case k.strangers > 0:
		return because(v, results.Unproven, "request %d read %q, but the record of writes is incomplete", x.at(k.stranger).Seq, x.at(k.stranger).Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after a %s of their session; at least %d are required", v.N, login, need)
	}
	return held(v)
}

// sessionReads summarizes what sessions read after their login.
type sessionReads struct {
	x                               *index
	written                         *ledger
	judged, lost, others, strangers int
	first, stranger                 int32 // the first read that was lost or mixed up, the last of a value that was never written
}

// judgeSession judges the reads of a session by its acknowledged logins and by
// who wrote the values read; the writer is before where the answer was empty.
func (k *sessionReads) judgeSession(reads []sight, logins []int32) {
	begun := never
	for _, i := range logins {
		begun = min(begun, k.x.row(i).done)
	}
	for i := range reads {
		if s := &reads[i]; s.sent > begun {
			k.judge(s)
		}
	}
}

func (k *sessionReads) judge(s *sight) {
	k.judged++
	switch {
	case s.origin >= 0:
		return
	case s.origin == before:
		k.lost++
	default:
		q := k.x.at(s.read)
		other := k.written.writer(q.Value)
		if other < 0 || k.x.row(other).sent > q.Done {
			k.strangers++
			k.stranger = max(k.stranger, s.read)
			return
		}
		k.others++
	}
	if k.first == nobody || s.read < k.first {
		k.first = s.read
	}
}

// describe says what a session that was not kept read.
func (SessionKept) describe(q *results.Request) string {
	switch {
	case q.Fate != results.Answered:
		return fmt.Sprintf("of a session that had begun was refused with %d by %s", q.Status, q.Server)
	case q.Value == "":
		return fmt.Sprintf("of a session that had begun was answered with nothing by %s", q.Server)
	case q.Value == seed:
		return fmt.Sprintf("read %s at key %s from %s, as if nobody had logged in", q.Value, q.Key, q.Server)
	}
	return fmt.Sprintf("read %s at key %s from %s, which another session wrote", q.Value, q.Key, q.Server)
}

// Violation is a run in which a session begins and is always empty afterwards.
func (c SessionKept) Violation() *results.Run {
	read, login := ReadsNotStale{Read: c.Read, Write: c.Login}.operations()
	r := specimen(read, 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = ""
	}
	r.Requests[0].Operation, r.Requests[0].Value = login, "specimen-0"
	return r
}
