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

// Options is how to play.
type Options struct {
	Results string // folder that keeps the runs
	Seed    uint64 // of keys and moments; 0: the scenario's, else a new one
	Version string // of holdfast
	Commit  string
	Watch   func(Notice) // told one notice at a time; nil: nobody watches

	shift       time.Duration // how much later than written the steps are played
	Calibration string        // file with the calibration of this machine; "": none counts
}

// Notice is one piece of news of a run; one field is set.
type Notice struct {
	Arm   *ArmBegins
	Part  *topologies.Progress
	Event *results.Event
	Beat  *Beat
}

// Beat is how far the attack is, once a second.
type Beat struct {
	At                                           time.Duration
	Planned, Sent, Answered, Refused, Unanswered uint64
	Waiting                                      uint64 // should have left by now and has not: the in-flight limit holds it
	Unsent                                       uint64 // will never leave

	Oldest time.Duration // how long the request in flight that waits longest has waited so far; 0: none is
}

// world is what the player needs of the outside; tests bring one in memory.
type world struct {
	build   func(ctx context.Context, names []string, report func(topologies.Progress)) (map[string]string, error)
	start   func(context.Context, topologies.Topology, topologies.StartOptions) (topologies.Cluster, error)
	fire    func(targets.Attack, context.Context, targets.Entry, time.Time, func(results.Request)) (results.Load, error)
	health  func(*targets.Gauge) results.Load // of the generator, while it attacks
	machine func(ctx context.Context, tags map[string]string) topologies.Machine
	rest    time.Duration // longest wait for the system to come to rest after the last undo
	undoFor time.Duration // for an undo and all its tries; 0: healLimit
}

var docker = world{build: topologies.Build, start: topologies.Start, fire: targets.Attack.Fire, health: (*targets.Gauge).Load, machine: topologies.Look, rest: settleLimit}

// stopLimit bounds taking a cluster down, on a context of its own.
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
	why      string // why the run was cut short where that is no error
	undo     error  // of the faults that could not be undone
	streamed error  // of the record as it came; it matters where the record cannot be saved either
}

// Play plays one arm of a scenario once: it starts the system, attacks it,
// breaks it, mends it, reads back what it kept, saves the run in a folder of
// its own and judges it. Whatever happens, faults are undone and what was
// started is taken down.
//
// An error says that nothing was proved. The run is given back as far as it
// came, marked unfinished and unproven; it is nil where the system never ran.
// Errors about Docker or the machine wrap topologies.ErrEnvironment.
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

// playAndJudge is the play from its start to its verdict.
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

// newSeed is a seed short enough to be typed again.
func newSeed() uint64 { return uint64(rand.Uint32()) + 1 }

// keep saves what there is of the run so far.
func (p *player) keep() error {
	if err := results.SaveRun(p.folder, p.run); err != nil {
		return fmt.Errorf("%w: %w", topologies.ErrEnvironment, err)
	}
	return nil
}

// start makes the images and the system, and saves where it is played between,
// so that a crash from there on leaves evidence.
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

// entry is where requests go in.
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

// finish saves what was recorded, judges it, saves the verdicts and takes the
// system down. It is given the error that cut the run short, if one did, and
// gives back all that went wrong. The record is saved first: whatever becomes of
// the judge, it can be judged again.
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
	if saved == nil && p.run.Finished { // what was cut short is not what people mean by the latest run
		saved = results.Latest(p.options.Results, p.folder)
	}
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	stopped := p.cluster.Stop(down)
	if stopped != nil && !errors.Is(stopped, topologies.ErrEnvironment) {
		stopped = fmt.Errorf("%w: %w", topologies.ErrEnvironment, stopped)
	}
	if saved != nil { // a verdict whose evidence is not kept cannot be defended
		saved = fmt.Errorf("%w: %w", topologies.ErrEnvironment, errors.Join(saved, p.streamed))
		p.run.Finished, p.run.Why = false, "the record could not be saved: "+saved.Error()
		claims.Judge(p.run, promises(p.armed.Claims))
	}
	return errors.Join(cut, p.undo, stopped, saved)
}

// end writes down how the play ended, and only then the page: it tells the exit
// code. It gives back what went wrong in all.
func (p *player) end(ctx context.Context, err error) error {
	p.run.End = endOf(ctx, err)
	if err != nil {
		check := results.Check{Name: "end", Detail: err.Error()}
		if !errors.Is(err, topologies.ErrEnvironment) && errors.Is(err, context.Canceled) {
			check.Detail = cause(err, "") // what was ended says no more than that
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

// cause is why a run is not whole. A fault that could not be undone after all
// was measured is not among it: that spoils the host and not the record.
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
