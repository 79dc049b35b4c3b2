// Package results is the record of a run: what was planned, what was sent,
// which faults were injected and when, what the stores contained at the end, and
// the verdicts computed from it. Everything that a claim may use is in a [Run], so
// a verdict is a pure function of the record and an old run can be judged again.
package results

import (
	"encoding/json"
	"time"
)

// SchemaVersion is the version of run.json. It increases when a field changes its
// meaning or is removed; a reader refuses a newer version than its own.
const SchemaVersion = 1

// Run is the record of one run of one arm of a scenario.
type Run struct {
	Schema   int    `json:"schema"`
	ID       string `json:"id"`             // unique per run; the value of the label holdfast.run
	Scenario string `json:"scenario"`       // "replication/primary-kill"
	File     string `json:"file,omitempty"` // the scenario's file as it was typed; "" if it is built in
	Arm      string `json:"arm"`            // "treatment", "control-1", "placebo"

	Set map[string]string `json:"set,omitempty"` // settings of the topology given on the command line, by name

	Plan     json.RawMessage `json:"plan"` // the scenario as it was run
	Where    Environment     `json:"where"`
	Began    time.Time       `json:"began"`         // every other time is an offset from this one monotonic clock
	Finished bool            `json:"finished"`      // false: the run was cut short, and the record may be incomplete
	Why      string          `json:"why,omitempty"` // why it was cut short, when it was
	Seconds  Seconds         `json:"seconds"`
	Load     Load            `json:"load"`
	Nodes    []Node          `json:"nodes,omitempty"` // all nodes of the system
	Timeline []Event         `json:"timeline"`
	Faults   []Fault         `json:"faults"`
	Roles    []RoleSample    `json:"roles,omitempty"`
	Reaches  []Reach         `json:"reaches,omitempty"`
	Restored *Restored       `json:"restored,omitempty"` // nil: no fault was injected
	Watched  *Watch          `json:"watched,omitempty"`  // when the nodes were watched; nil: never
	Changes  []Change        `json:"changes,omitempty"`  // of nodes' states, planned or not, in their order
	Verdicts []Verdict       `json:"verdicts"`
	Trust    []Check         `json:"trust"`
	Files    map[string]File `json:"files,omitempty"` // the files beside run.json that belong to it, by name

	Requests History `json:"-"` // kept beside run.json, in history.ndjson.zst
	Final    *Audit  `json:"-"` // kept beside run.json, in audit.json.zst; nil: no audit was made

	Doubt string `json:"-"` // why the files cannot be shown to be one complete record; "" if they can
	End   End    `json:"-"` // how the run ended, apart from its verdicts
}

// Environment describes the machine and the software of a run: enough to know
// whether two runs can be compared, and to repeat the run.
type Environment struct {
	Version   string            `json:"version"` // of holdfast
	Commit    string            `json:"commit,omitempty"`
	Host      string            `json:"host"`
	OS        string            `json:"os"`
	Kernel    string            `json:"kernel,omitempty"`
	Docker    string            `json:"docker,omitempty"`
	CPUs      int               `json:"cpus"`
	MemoryMiB int64             `json:"memory_mib,omitempty"` // of the machine that runs the nodes
	Seed      uint64            `json:"seed"`
	Images    map[string]string `json:"images,omitempty"` // image name to id: "sha256:..."

	Calibration     *Calibration `json:"calibration,omitempty"`      // of this machine, as it was when the run began; nil: none
	CalibrationNote string       `json:"calibration_note,omitempty"` // why the existing one does not apply
}

// Seconds is how long the parts of a run took, in seconds.
type Seconds struct {
	Images float64 `json:"images"` // building or finding images
	Boot   float64 `json:"boot"`   // from the first container requested to every node ready
	Run    float64 `json:"run"`    // from the first request to the end of the final audit
	Total  float64 `json:"total"`
}

// Load is what the generator planned, and measurements of the generator itself;
// the load proof uses it and the history.
type Load struct {
	Planned       uint64        `json:"planned"` // number of requests in the schedule
	For           time.Duration `json:"for"`     // length of the schedule, ns
	Timeout       time.Duration `json:"timeout"` // of one request, ns
	MaxInFlight   int           `json:"max_in_flight"`
	Closed        bool          `json:"closed,omitempty"` // a closed loop: requests were due when a client was free, and the wait for that is not measured
	CPUShare      float64       `json:"cpu_share"`        // share of the CPU that the process may use, 0 to 1, during the attack
	HostBusy      float64       `json:"host_busy"`        // busy share of all host CPUs during the attack, 0 to 1; negative: unknown
	Throttled     time.Duration `json:"throttled"`        // how long its cgroup's CPU limit throttled the driver, ns; 0 without a limit
	HeartbeatP999 time.Duration `json:"heartbeat_p999"`   // lateness of a 1 ms heartbeat in the driver, ns
	Stalls        []Stall       `json:"stalls,omitempty"` // when that heartbeat was late by more than 5 ms, in their order
}

// Stall is a time in which the driver did not run: it was stopped, or had no CPU.
// Requests that ended during it were recorded at its end, and requests that were
// due during it were sent at its end.
type Stall struct {
	At  time.Duration `json:"at"`  // last heartbeat before it, since Began, ns
	For time.Duration `json:"for"` // until the next heartbeat, ns
}

// End is when the driver resumed.
func (s Stall) End() time.Duration { return s.At + s.For }

// Event is one event of the timeline.
type Event struct {
	At   time.Duration `json:"at"` // since Began, ns
	Kind Kind          `json:"kind"`
	Node string        `json:"node,omitempty"`
	Text string        `json:"text,omitempty"`
}

// Kind is the kind of an event.
type Kind string

// The kinds of event in a timeline.
const (
	AttackBegan   Kind = "attack-began"
	AttackEnded   Kind = "attack-ended"
	Steady        Kind = "steady"
	NotSteady     Kind = "not-steady"
	FaultAsked    Kind = "fault-asked"
	FaultInEffect Kind = "fault-in-effect"
	FaultHealing  Kind = "fault-healing"
	FaultEnded    Kind = "fault-ended"
	FaultFailed   Kind = "fault-failed"
	RoleChanged   Kind = "role-changed"
	NodeExited    Kind = "node-exited"
	Unplanned     Kind = "unplanned"         // a node's state changed, and no step caused it
	FaultOver     Kind = "fault-ended-early" // before its undo was asked for
	Settled       Kind = "settled"
	NotSettled    Kind = "not-settled" // the system did not settle after the last undo
	Audited       Kind = "audited"
	Interrupted   Kind = "interrupted"
)

// Fault is one step as it was executed. A fault without a Witness proves nothing,
// independent of its own return code.
type Fault struct {
	Step       int           `json:"step"`    // index in the plan, from 0
	Name       string        `json:"name"`    // "kill"
	Targets    []string      `json:"targets"` // nodes, as selected when the step began
	Peers      []string      `json:"peers,omitempty"`
	Asked      time.Duration `json:"asked"`               // since Began, ns
	Effect     time.Duration `json:"effect,omitempty"`    // the first instant from which users could notice it; 0: never
	Witnessed  time.Duration `json:"witnessed,omitempty"` // when the witness had seen the fault on every node, which may be seconds later; 0: as Effect
	Witness    string        `json:"witness,omitempty"`   // what the witness saw: "exited 137"
	Healing    time.Duration `json:"healing,omitempty"`   // when its undo was requested; for a fault that contains its own end, such as a restart, when that end began
	Ended      time.Duration `json:"ended,omitempty"`     // when the witness saw that it had ended; 0: never
	EndWitness string        `json:"end_witness,omitempty"`
	InFlight   int           `json:"in_flight"`       // requests in flight when the fault was requested
	Err        string        `json:"error,omitempty"` // of the injection or of the undo

	Before []Condition `json:"before,omitempty"` // of each target, just before the fault was requested
	Lasted string      `json:"lasted,omitempty"` // what was seen of it just before its undo
	Early  string      `json:"early,omitempty"`  // evidence, just before its undo, that it had already ended
	Meters []Meter     `json:"meters,omitempty"`
}

// InEffect reports whether an outside witness saw the fault take effect.
func (f Fault) InEffect() bool { return f.Effect > 0 && f.Witness != "" }

// Seen is when the fault was known to be in effect on every node. Between Effect
// and Seen it was in effect on some of them.
func (f Fault) Seen() time.Duration { return max(f.Effect, f.Witnessed) }

// RoleSample is one node's answer to a query for its role.
type RoleSample struct {
	At   time.Duration `json:"at"` // when the answer came, since Began, ns
	Node string        `json:"node"`
	Role string        `json:"role"`           // "primary" accepts writes; "replica" does not; "" no answer
	Term uint64        `json:"term,omitempty"` // its timeline or epoch, if it has one
}

// Reach is one attempt to open TCP connections from one node to another.
type Reach struct {
	At      time.Duration `json:"at"`
	From    string        `json:"from"`
	To      string        `json:"to"`
	Tried   int           `json:"tried"`          // ports tried
	Open    []int         `json:"open,omitempty"` // ports that answered
	Control bool          `json:"control"`        // true: a target that must be reachable, which shows that the prober works
	Err     string        `json:"error,omitempty"`
}

// Verdict is the result of a run for one claim.
type Verdict struct {
	Name     string  `json:"name"`  // of the claim, as in the scenario file: "recovers"
	Claim    string  `json:"claim"` // the promise as a sentence
	Outcome  Outcome `json:"verdict"`
	Expected Outcome `json:"expected"` // what the scenario expects: Held, or Broken if the textbook is wrong
	Measured string  `json:"measured"`
	Wanted   string  `json:"wanted"`
	Why      string  `json:"why,omitempty"`
	N        int     `json:"n"` // the number of observations behind the verdict

	Figures []Figure `json:"figures,omitempty"` // the measured numbers
}

// Figure is one number measured for a verdict, so that repeats can be compared. A
// figure that could not be measured is left out.
type Figure struct {
	Name  string  `json:"name"` // "rto-first"
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "s", or what is counted: "writes"
}

// AsExpected reports whether the verdict is the one that the scenario expects.
func (v Verdict) AsExpected() bool { return v.Outcome == v.Expected }

// Check is one check of the validity of a run.
type Check struct {
	Name   string `json:"name"` // "load", "fault", "self-check", "clock"
	OK     bool   `json:"ok"`
	Note   bool   `json:"note,omitempty"` // for information only, nothing was checked; OK is true then
	Detail string `json:"detail"`
}

// Sign is the check as one character: ✓ passed, ✗ failed, – only a note.
func (c Check) Sign() string {
	switch {
	case !c.OK:
		return "✗"
	case c.Note:
		return "–"
	}
	return "✓"
}
