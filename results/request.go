package results

import (
	"cmp"
	"time"
)

// Fate is the result of a request.
type Fate uint8

// The fates of a request. Only a Refused request was certainly not executed; an
// Unanswered one may have been.
const (
	Unsent     Fate = iota // planned, but never sent: because of the in-flight limit, or because the run was cut short
	Answered               // executed and acknowledged
	Refused                // certainly not executed: connection refused, or an answer that by contract means "not applied"
	Unanswered             // may have been executed: timeout, reset, end of file, 5xx, cancelled
)

// String returns the fate's word.
func (f Fate) String() string {
	return [...]string{"unsent", "answered", "refused", "unanswered"}[f]
}

// InFlight is the error class of a request that was waiting for its answer when
// the record was taken: its Done is that instant, so its response time is a lower
// bound. The record of a finished attack has none.
const InFlight = "in flight"

// Waiting is the error class of a request that was overdue but not sent when the
// record was taken: it is Unsent, but may still be sent.
const Waiting = "not sent yet"

// Classes of error of a request whose deadline passed. After a timeout the
// driver checks whether an answer has arrived: if so, the answer may have been
// in time and only the driver late.
const (
	Timeout         = "timeout"
	TimeoutAnswered = "timeout, then answered"
	ConnectTimeout  = "connect timeout"
)

// Request is one planned request and its result. Its times are offsets from
// Run.Began, on the driver's monotonic clock.
type Request struct {
	Seq       uint64        // its place in the schedule, from 0
	Operation string        // "read", "write", "post"
	Key       string        // the user's id
	Value     string        // written (unique in the run), or read
	Intended  time.Duration // scheduled send time
	Sent      time.Duration // when it was sent; 0 when unsent
	Done      time.Duration // when its fate was known; 0 when unsent
	Fate      Fate
	Status    int    // HTTP status; 0: none
	Error     string // class of the error: "timeout", "connection refused", "reset", "eof", "http 503"; "" when answered
	Server    string // name of the web server that answered, from its answer
	Store     string // name of the store that served it, from the web server's answer
	Client    int    // number of its connection (session), from 0
}

// Response is the response time: from the scheduled send time to the end.
func (r Request) Response() time.Duration { return r.Done - r.Intended }

// Service is the service time: from the actual send time to the end.
func (r Request) Service() time.Duration { return r.Done - r.Sent }

// Delay is the send delay, the generator's own lateness: from the scheduled to the
// actual send time.
func (r Request) Delay() time.Duration { return r.Sent - r.Intended }

// bySeq orders requests by their place in the schedule.
func bySeq(a, b Request) int { return cmp.Compare(a.Seq, b.Seq) }

// History is every planned request of a run, in the order of Seq.
type History []Request

// Counts counts planned requests by fate.
type Counts struct {
	Planned    int64 `json:"planned"`
	Sent       int64 `json:"sent"` // the sum of the next three
	Answered   int64 `json:"answered"`
	Refused    int64 `json:"refused"`
	Unanswered int64 `json:"unanswered"`
	Unsent     int64 `json:"unsent"` // planned, but never sent
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

// failed is how many were sent but not answered.
func (c Counts) failed() int64 { return c.Refused + c.Unanswered }

// Counts counts all requests by fate.
func (h History) Counts() Counts {
	var c Counts
	for i := range h {
		c.add(h[i].Fate)
	}
	return c
}
