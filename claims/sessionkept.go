// Somebody logs in, clicks, and is asked who they are; or is shown the cart of
// a stranger. The server that knew them is gone, or was never asked.

package claims

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// SessionKept promises that a session that was begun, with an acknowledged
// login (or write) to a key, finds itself there: none of its later reads of the
// key is empty, is refused as unknown, gives what was there before any login or
// what nobody wrote, or gives what was written to another key.
//
// What is written to the key by others is accepted, so that a claim about users
// who share a key accuses nobody; how old a value is, is the matter of
// read-your-writes.
type SessionKept struct {
	Login        string `yaml:"login,omitempty" json:"login,omitempty"` // the operation that begins or changes the session; "": "write"
	Read         string `yaml:"read,omitempty" json:"read,omitempty"`   // the one that asks for it; "": "read"
	LeastSamples int    `yaml:"least,omitempty" json:"least,omitempty"` // fewest reads after a login of the same session and key; 0: 100
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

// Needs no proof: who was not known was not known.
func (SessionKept) Needs() Needs { return Needs{Solid: true} }

// unknown is the answers that say "who are you?".
var unknown = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone}

// cameEmpty says whether a read got an answer that nobody is known.
func cameEmpty(q *results.Request) bool {
	return q.Fate == results.Answered && q.Value == "" || q.Fate == results.Refused && slices.Contains(unknown, q.Status)
}

// Check looks at each read after a login.
func (c SessionKept) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c SessionKept) check(x *index) results.Verdict {
	v := results.Verdict{Name: "session-kept", Claim: c.String(), Wanted: "0 lost or mixed up"}
	read, login := ReadsNotStale{Read: c.Read, Write: c.Login}.operations()
	k := cloakroom{x: x, written: x.ledger(login), first: nobody, stranger: nobody}
	logins, rs, empty := x.acknowledged(login), x.reads(read, login), arranged(x.pick(read, cameEmpty), x.session)
	joined(rs.bySession(), rs.session, logins, x.session, func(reads, logins []int32) {
		begun := k.begun(logins)
		for _, n := range reads {
			k.ask(rs.list[n], rs.origin[n], begun)
		}
	})
	joined(empty, x.session, logins, x.session, func(reads, logins []int32) {
		begun := k.begun(logins)
		for _, i := range reads {
			k.ask(i, before, begun)
		}
	})
	v.N = k.judged
	v.Measured = fmt.Sprintf("%d lost, %d mixed up, %d unknown of %d", k.lost, k.others, k.strangers, v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case k.lost+k.others > 0:
		return because(v, results.Broken, "request %d %s", x.at(k.first).Seq, c.told(x.at(k.first)))
	case k.strangers > 0 && whole(x.run):
		return because(v, results.Broken, "request %d read %q, which nobody had written", x.at(k.stranger).Seq, x.at(k.stranger).Value)
	case k.strangers > 0:
		return because(v, results.Unproven, "request %d read %q, but the record of what was written is not whole", x.at(k.stranger).Seq, x.at(k.stranger).Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after a %s of their session, wanted at least %d", v.N, login, need)
	}
	return held(v)
}

// cloakroom is what sessions were given when they came back.
type cloakroom struct {
	x                               *index
	written                         *ledger
	judged, lost, others, strangers int
	first, stranger                 int32 // the first read that was lost or mixed up, the last of what nobody wrote
}

// begun is when a session was certainly there, by its acknowledged logins.
func (k *cloakroom) begun(logins []int32) time.Duration {
	at := never
	for _, i := range logins {
		at = min(at, k.x.row(i).done)
	}
	return at
}

// ask judges a read by who wrote what it gave: before where it gave nothing.
func (k *cloakroom) ask(read, origin int32, begun time.Duration) {
	if k.x.row(read).sent <= begun {
		return
	}
	k.judged++
	switch {
	case origin >= 0:
		return
	case origin == before:
		k.lost++
	default:
		q := k.x.at(read)
		other := k.written.writer(q.Value)
		if other < 0 || k.x.at(other).Key == q.Key || k.x.row(other).sent > q.Done {
			k.strangers++
			k.stranger = max(k.stranger, read)
			return
		}
		k.others++
	}
	if k.first == nobody || read < k.first {
		k.first = read
	}
}

// told is what a session was told that was not kept.
func (SessionKept) told(q *results.Request) string {
	switch {
	case q.Fate != results.Answered:
		return fmt.Sprintf("of a session that had begun was refused with %d by %s", q.Status, q.Server)
	case q.Value == "":
		return fmt.Sprintf("of a session that had begun came back empty from %s", q.Server)
	case q.Value == seed:
		return fmt.Sprintf("read %s at key %s from %s, as if nobody had begun", q.Value, q.Key, q.Server)
	}
	return fmt.Sprintf("read %s at key %s from %s, which is somebody else's", q.Value, q.Key, q.Server)
}

// Violation is a run in which a session begins and is empty ever after.
func (c SessionKept) Violation() *results.Run {
	read, login := ReadsNotStale{Read: c.Read, Write: c.Login}.operations()
	r := specimen(read, 300, 3*time.Second)
	for i := range r.Requests {
		r.Requests[i].Value = ""
	}
	r.Requests[0].Operation, r.Requests[0].Value = login, "specimen-0"
	return r
}
