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

// asked says whether a read got an answer, if only that nobody is known.
func asked(q *results.Request) bool {
	return q.Fate == results.Answered || q.Fate == results.Refused && slices.Contains(unknown, q.Status)
}

// Check looks at each read after a login.
func (c SessionKept) Check(r *results.Run) results.Verdict { return c.check(newIndex(r)) }

func (c SessionKept) check(x *index) results.Verdict {
	v := results.Verdict{Name: "session-kept", Claim: c.String(), Wanted: "0 lost or mixed up"}
	read, login := ReadsNotStale{Read: c.Read, Write: c.Login}.operations()
	logins := arranged(x.pick(login, answered), x.session)
	known := x.ledger(login)
	lost, others, strangers := 0, 0, 0
	first, stranger := int32(-1), int32(-1)
	joined(arranged(x.pick(read, asked), x.session), x.session, logins, x.session, func(reads, logins []int32) {
		begun := never
		for _, i := range logins {
			begun = min(begun, x.at(i).Done)
		}
		for _, i := range reads {
			q := x.at(i)
			if q.Sent <= begun {
				continue
			}
			v.N++
			switch by := c.found(x, known, q); {
			case by >= 0 && x.at(by).Key == q.Key:
				continue
			case by >= 0:
				others++
			case by == before:
				lost++
			default:
				strangers++
				stranger = max(stranger, i)
				continue
			}
			if first < 0 || i < first {
				first = i
			}
		}
	})
	v.Measured = fmt.Sprintf("%d lost, %d mixed up, %d unknown of %d", lost, others, strangers, v.N)
	need := c.LeastSamples
	if need == 0 {
		need = leastReads
	}
	switch {
	case lost+others > 0:
		return because(v, results.Broken, "request %d %s", x.at(first).Seq, c.told(x.at(first)))
	case strangers > 0 && whole(x.run):
		return because(v, results.Broken, "request %d read %q, which nobody had written", x.at(stranger).Seq, x.at(stranger).Value)
	case strangers > 0:
		return because(v, results.Unproven, "request %d read %q, but the record of what was written is not whole", x.at(stranger).Seq, x.at(stranger).Value)
	case v.N < need:
		return because(v, results.Unproven, "only %d reads came after a %s of their session, wanted at least %d", v.N, login, need)
	}
	return held(v)
}

// found is the request that wrote what a read gave, to its key if any did;
// before where it gave nothing, and nobody where nobody had written it.
func (SessionKept) found(x *index, known *ledger, q *results.Request) int32 {
	if q.Fate != results.Answered || q.Value == "" || q.Value == seed {
		return before
	}
	by := known.last(q.Value, q.Key)
	if by == nobody {
		by = known.writer(q.Value)
	}
	if by >= 0 && x.at(by).Sent > q.Done {
		return nobody
	}
	return by
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
