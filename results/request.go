package results

import (
	"cmp"
	"time"
)

// Fate is what became of a request.
type Fate uint8

// The fates of a request. Only Refused says that it certainly did not happen;
// Unanswered may have happened.
const (
	Unsent     Fate = iota // planned, but never left: the in-flight limit held until the end, or the run was cut short
	Answered               // done, and the system said so
	Refused                // certainly not done: connection refused, or an answer that by contract means "not applied"
	Unanswered             // may have been done: timeout, reset, end of file, 5xx, cancelled
)

// String gives the fate's word.
func (f Fate) String() string {
	return [...]string{"unsent", "answered", "refused", "unanswered"}[f]
}

// InFlight is the class of error of a request that was waiting for its answer when
// the record was read: its Done is that instant, and what it had waited by then is
// the least that it will wait. A record of an attack that ended has none.
const InFlight = "in flight"

// Waiting is the class of error of a request that should have left when the record
// was read, and had not: it is Unsent, and may leave yet.
const Waiting = "not sent yet"

// Classes of error of a request whose deadline passed. After a timeout the
// driver looks whether an answer has arrived: where it has, the answer may have
// been in time and only the driver late.
const (
	Timeout         = "timeout"
	TimeoutAnswered = "timeout, then answered"
	ConnectTimeout  = "connect timeout"
)

// Request is one planned request and what became of it. Its times are offsets
// from Run.Began, on the driver's one monotonic clock.
type Request struct {
	Seq       uint64        // its place in the schedule, from 0
	Operation string        // "read", "write", "post"
	Key       string        // the user it is about
	Value     string        // written (unique in the run), or read
	Intended  time.Duration // when the schedule wanted it to leave
	Sent      time.Duration // when it left; 0 when unsent
	Done      time.Duration // when its fate was known; 0 when unsent
	Fate      Fate
	Status    int    // HTTP status; 0: none
	Error     string // class of the error: "timeout", "connection refused", "reset", "eof", "http 503"; "" when answered
	Server    string // which web server answered, as it says itself
	Store     string // which store served it, as the web server says
	Client    int    // the connection (session) it went over, from 0
}

// Response is what the caller waited: from the scheduled send time to the end.
func (r Request) Response() time.Duration { return r.Done - r.Intended }

// Service is what the system took: from the sending to the end.
func (r Request) Service() time.Duration { return r.Done - r.Sent }

// Delay is the generator's own lateness: from the scheduled send time to the sending.
func (r Request) Delay() time.Duration { return r.Sent - r.Intended }

// bySeq puts requests in the order of their schedule.
func bySeq(a, b Request) int { return cmp.Compare(a.Seq, b.Seq) }

// History is every planned request of a run, in the order of Seq.
type History []Request

// Counts is what became of planned requests, or of some of them.
type Counts struct {
	Planned    int64 `json:"planned"`
	Sent       int64 `json:"sent"` // the sum of the next three
	Answered   int64 `json:"answered"`
	Refused    int64 `json:"refused"`
	Unanswered int64 `json:"unanswered"`
	Unsent     int64 `json:"unsent"` // planned, and never left
}

// add counts one more request.
func (c *Counts) add(f Fate) {
	c.Planned++
	switch f {
	case Unsent:
		c.Unsent++
		return
	case Answered:
		c.Answered++
	case Refused:
		c.Refused++
	case Unanswered:
		c.Unanswered++
	}
	c.Sent++
}

// failed is how many were sent in vain.
func (c Counts) failed() int64 { return c.Refused + c.Unanswered }

// Counts says what became of all of them.
func (h History) Counts() Counts {
	var c Counts
	for i := range h {
		c.add(h[i].Fate)
	}
	return c
}
