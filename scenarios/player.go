package scenarios

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// Options are the options of a run.
type Options struct {
	Results string // folder of all runs
	Seed    uint64 // for keys and send times; 0: the scenario's seed, or else a new one
	Version string // of holdfast
	Commit  string
	Watch   func(Notice) // called with one notice at a time; may be nil

	shift       time.Duration // how much later than in the file the steps run
	Calibration string        // file with the calibration of this machine; "": none is used
}

// Notice is one message about a run; exactly one field is set.
type Notice struct {
	Arm   *ArmBegins
	Part  *topologies.Progress
	Event *results.Event
	Beat  *Beat
}

// Beat is the progress of the attack, once a second.
type Beat struct {
	At                                           time.Duration
	Planned, Sent, Answered, Refused, Unanswered uint64
	Waiting                                      uint64 // scheduled but not sent yet, because of the in-flight limit
	Unsent                                       uint64 // will never be sent

	Oldest time.Duration // age of the oldest request in flight; 0: no request is in flight
}

// world is the player's access to Docker and the network; tests replace it by
// one in memory.
type world struct {
	build   func(ctx context.Context, names []string, report func(topologies.Progress)) (map[string]string, error)
	start   func(context.Context, topologies.Topology, topologies.StartOptions) (topologies.Cluster, error)
	fire    func(targets.Attack, context.Context, targets.Entry, time.Time, func(results.Request)) (results.Load, error)
	health  func(*targets.Gauge) results.Load // of the generator during the attack
	machine func(ctx context.Context, tags map[string]string) topologies.Machine
	rest    time.Duration // maximum wait for the system to settle after the last undo
	undoFor time.Duration // for an undo with all its retries; 0: healLimit
}

var docker = world{build: topologies.Build, start: topologies.Start, fire: targets.Attack.Fire, health: (*targets.Gauge).Load, machine: topologies.Look, rest: settleLimit}

// stopLimit is the time for removing a cluster, on a context of its own.
const stopLimit = 90 * time.Second

// player is one run of one arm.
type player struct {
	world
	armed    *Scenario
	topology topologies.Topology
	options  Options
	run      *results.Run
	folder   string
	rec      *recorder
	cluster  topologies.Cluster
	why      string // why the run was cut short if that is not an error
	undo     error  // errors of faults that could not be undone
	streamed error  // error of writing the record during the run; reported only if the record cannot be saved either
}

// Play runs one arm of a scenario once: it starts the system, sends the load,
// injects and undoes the faults, reads the stores, saves the run in its own
// folder and judges it. In every case it undoes the faults and removes what it
// started.
//
// An error means that nothing was proven. The run is returned as far as it got,
// marked unfinished and unproven; it is nil if the system never ran. Errors of
// Docker or the machine wrap topologies.ErrEnvironment.
func Play(ctx context.Context, s *Scenario, arm string, o Options) (run *results.Run, folder string, err error) {
	return play(ctx, docker, s, arm, o)
}

func play(ctx context.Context, w world, s *Scenario, arm string, o Options) (*results.Run, string, error) {
	p, err := newPlayer(w, s, arm, o)
	if err != nil {
		return nil, "", err
	}
	return p.playAndJudge(ctx)
}

// playAndJudge runs the arm from the start of the system to the verdict.
func (p *player) playAndJudge(ctx context.Context) (*results.Run, string, error) {
	began := time.Now()
	doing := "run " + p.run.Scenario + " (" + p.run.Arm + ")"
	if err := results.CheckLatest(p.options.Results); err != nil {
		return nil, "", fmt.Errorf("%s: %w: %w", doing, topologies.ErrEnvironment, err)
	}
	if err := p.keep(); err != nil {
		return nil, "", fmt.Errorf("%s: %w", doing, err)
	}
	if err := p.start(ctx); err != nil {
		p.run.Why = err.Error()
		return nil, p.folder, errors.Join(fmt.Errorf("%s: %w", doing, err), p.keep())
	}
	cut := p.perform(ctx)
	p.run.Seconds.Total = time.Since(began).Seconds()
	err := p.finish(ctx, cut)
	if err != nil {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	return p.run, p.folder, p.end(ctx, err)
}

func newPlayer(w world, s *Scenario, arm string, o Options) (*player, error) {
	armed, err := s.Arm(arm)
	if err != nil {
		return nil, err
	}
	t, err := s.Design(arm)
	if err != nil {
		return nil, err
	}
	if o.Seed == 0 {
		o.Seed = armed.Attack.Seed
	}
	if o.Seed == 0 {
		o.Seed = newSeed()
	}
	armed.Attack.Seed = o.Seed
	armed.postpone(o.shift)
	run := &results.Run{
		Schema: results.SchemaVersion, ID: newID(), Scenario: s.Name, File: s.ownFile(), Arm: arm, Set: s.given,
		Began: time.Now(), Why: "the run was cut short while the system was starting",
		Load: results.Load{
			Planned: armed.Attack.Planned(), For: armed.Attack.For, Timeout: armed.Attack.Timeout, MaxInFlight: armed.Attack.MaxInFlight,
		},
	}
	if run.Plan, err = armed.plan(); err != nil {
		return nil, err
	}
	p := &player{world: w, armed: armed, topology: t, options: o, run: run, rec: &recorder{watch: o.Watch, began: run.Began}}
	p.folder = s.runFolder(o.Results, run.Began, run.ID)
	return p, nil
}

// newSeed returns a random seed that is short enough to type.
func newSeed() uint64 { return uint64(rand.Uint32()) + 1 }

// keep saves the run as far as it got.
func (p *player) keep() error {
	if err := results.SaveRun(p.folder, p.run); err != nil {
		return fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	return nil
}

// start builds the images and starts the system. In between it saves the
// environment of the run, so that a crash after that leaves evidence.
func (p *player) start(ctx context.Context) error {
	report := func(s topologies.Progress) { p.rec.tell(Notice{Part: &s}) }
	began := time.Now()
	images, err := p.build(ctx, topologies.ImagesOf(p.topology), report)
	if err != nil {
		return err
	}
	p.run.Seconds.Images = time.Since(began).Seconds()
	p.run.Where = here(p.options, p.machine(ctx, images))
	if err := p.keep(); err != nil {
		return err
	}
	began = time.Now()
	p.cluster, err = p.world.start(ctx, p.topology, topologies.StartOptions{
		RunID: p.run.ID, Images: images, Logs: filepath.Join(p.folder, "logs"), Report: report,
	})
	p.run.Seconds.Boot = time.Since(began).Seconds()
	if err != nil {
		return err
	}
	for _, i := range p.cluster.Instances() {
		n := i.Node()
		p.run.Nodes = append(p.run.Nodes, results.Node{Name: i.Name(), Role: n.Role, Asked: n.Ask != nil, Keeps: n.Keeps != nil})
	}
	return nil
}

// entry returns the address to which requests are sent.
func (p *player) entry(gauge *targets.Gauge) (targets.Entry, error) {
	node, port, err := splitEntry(p.topology.Entry)
	if err != nil {
		return targets.Entry{}, err
	}
	for _, i := range p.cluster.Instances() {
		if i.Name() == node {
			return targets.Entry{RunID: p.run.ID, Gauge: gauge, Addr: func(ctx context.Context) (string, error) { return i.Addr(ctx, port) }}, nil
		}
	}
	return targets.Entry{}, fmt.Errorf("find the entry %s: no such node runs", p.topology.Entry)
}

// finish saves the record, judges it, saves the verdicts and removes the
// system. Its argument is the error that cut the run short, or nil; it returns
// all errors. The record is saved first, so that it can be judged again if
// judging fails.
func (p *player) finish(ctx context.Context, cut error) error {
	p.rec.fold(p.run)
	p.run.Finished, p.run.Why = true, ""
	if why := cause(cut, p.why); why != "" {
		p.run.Finished, p.run.Why = false, why
	}
	saved := results.SaveRecord(p.folder, p.run)
	claims.Judge(p.run, promises(p.armed.Claims))
	if saved == nil {
		saved = results.SaveVerdicts(p.folder, p.run)
	}
	if saved == nil && p.run.Finished { // a run that was cut short does not become the latest run
		saved = results.Latest(p.options.Results, p.folder)
	}
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	stopped := p.cluster.Stop(down)
	if stopped != nil && !errors.Is(stopped, topologies.ErrEnvironment) {
		stopped = fmt.Errorf("%w: %w", topologies.ErrEnvironment, stopped)
	}
	if saved != nil { // a verdict without a saved record cannot be checked
		saved = fmt.Errorf("%w: %w", topologies.ErrEnvironment, errors.Join(saved, p.streamed))
		p.run.Finished, p.run.Why = false, "the record could not be saved: "+saved.Error()
		claims.Judge(p.run, promises(p.armed.Claims))
	}
	return errors.Join(cut, p.undo, stopped, saved)
}

// end saves how the run ended and then writes the report page, which shows the
// exit code. It returns all errors.
func (p *player) end(ctx context.Context, err error) error {
	p.run.End = endOf(ctx, err)
	if err != nil {
		check := results.Check{Name: "end", Detail: err.Error()}
		if !errors.Is(err, topologies.ErrEnvironment) && errors.Is(err, context.Canceled) {
			check.Detail = cause(err, "") // without the details of interrupted operations
		}
		p.run.Trust = append(p.run.Trust, check)
		err = errors.Join(err, p.keep())
	}
	if page := results.SavePage(p.folder, p.run); page != nil {
		err = errors.Join(err, fmt.Errorf("%w: %w", topologies.ErrEnvironment, page))
		p.run.End = endOf(ctx, err)
	}
	return err
}

// cause returns why a run is incomplete. An undo that failed after everything
// was measured does not count: it affects the host, not the record.
func cause(cut error, why string) string {
	switch {
	case why != "":
		return why
	case cut == nil:
		return ""
	case errors.Is(cut, context.Canceled), errors.Is(cut, context.DeadlineExceeded):
		return "the run was interrupted"
	}
	return cut.Error()
}
