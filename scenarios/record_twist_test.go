//go:build record

package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/targets"
	"github.com/holdfast-lab/holdfast/topologies"
)

// twists are the defects that no file can contain. Each sabotages one part of a
// run that otherwise follows the file, with real containers. The starved
// generator is a process of its own: see starve.
var twists = map[string]func(*player){
	"idle-fault": onCluster(func(c topologies.Cluster) topologies.Cluster {
		return swapped{c, func(i topologies.Instance) topologies.Instance { return unfreezable{i} }, nil}
	}),
	"idle-undo": onCluster(func(c topologies.Cluster) topologies.Cluster {
		return swapped{c, func(i topologies.Instance) topologies.Instance { return unstartable{i} }, nil}
	}),
	"limit-stays": onCluster(func(c topologies.Cluster) topologies.Cluster {
		return swapped{c, func(i topologies.Instance) topologies.Instance { return &unraisable{Instance: i} }, nil}
	}),
	"wrong-node": onCluster(func(c topologies.Cluster) topologies.Cluster {
		return swapped{c, func(i topologies.Instance) topologies.Instance { return i }, &topologies.Selector{Name: "visitor"}}
	}),
	"changed-behind":   afterAttack(psql("update users set value = 'changed' where id = '1'")),
	"deleted-behind":   afterAttack(psql("delete from users where value = 'seed' and id = (select min(id) from users where value = 'seed')")),
	"unreadable-store": onCluster(func(c topologies.Cluster) topologies.Cluster { return unreadable{c} }),
	"one-of-three":     func(p *player) { p.armed.Reach.To = []string{"web-1", "db"} },
	"frozen-before-step": whileAttacking(2300*time.Millisecond, func(ctx context.Context, p *player) error {
		id, err := server(ctx, p)
		if err != nil {
			return err
		}
		return exec.CommandContext(ctx, "docker", "pause", id).Run()
	}),
	"kill-undone-by-hand":  byHand(2*time.Second, "web-1", "start"),
	"pause-undone-by-hand": byHand(3*time.Second, "web-1", "unpause"),
	"cut-undone-by-hand":   byHand(4*time.Second, "pg-1", "restart", "-t", "0"),
	"dead-server":          byHand(-3500*time.Millisecond, "server", "kill"),
	"killed-by-hand":       byHand(3*time.Second, "web-2", "kill"),
	"restarted-by-hand":    byHand(3*time.Second, "web-2", "restart", "-t", "0"),
	"no-requests":          func(p *player) { p.armed.Attack.For = 0 },
	"one-request":          func(p *player) { p.armed.Attack.For = time.Millisecond },
	"panicking-checker":    func(p *player) { p.armed.Claims[0].Claim = panicking{} },
}

// afterAttack changes the system from outside between its last request and the
// final audit.
func afterAttack(do func(context.Context, *player) error) func(*player) {
	return func(p *player) {
		fire := p.fire
		p.fire = func(a targets.Attack, ctx context.Context, e targets.Entry, began time.Time, each func(results.Request)) (results.Load, error) {
			load, err := fire(a, ctx, e, began, each)
			return load, errors.Join(err, do(ctx, p))
		}
	}
}

// psql runs a statement in the container of the only server, by the docker
// command and without Holdfast.
func psql(statement string) func(context.Context, *player) error {
	return func(ctx context.Context, p *player) error {
		id, err := server(ctx, p)
		if err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "docker", "exec", id,
			"psql", "-X", "-h", "/var/tmp", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement).CombinedOutput()
		if err == nil && !strings.HasSuffix(strings.TrimSpace(string(out)), " 1") {
			err = errors.New("not one row")
		}
		if err != nil {
			return fmt.Errorf("%s: %w: %s", statement, err, out)
		}
		return nil
	}
}

// server returns the container of the only server.
func server(ctx context.Context, p *player) (id string, err error) {
	out, err := exec.CommandContext(ctx, "docker", "ps", "-qf", "label=holdfast.run="+p.run.ID, "-f", "label=holdfast.node=server").Output()
	return strings.TrimSpace(string(out)), err
}

// byHand changes a node by the docker command and without Holdfast, some time
// after the first step.
func byHand(after time.Duration, node string, docker ...string) func(*player) {
	return whileAttacking(-after, func(ctx context.Context, p *player) error {
		args := append(slices.Clone(docker), "holdfast-"+p.run.ID+"-"+node)
		if out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("docker %v: %w: %s", args, err, out)
		}
		return nil
	})
}

// onCluster changes the cluster once it is running.
func onCluster(change func(topologies.Cluster) topologies.Cluster) func(*player) {
	return func(p *player) {
		start := p.world.start
		p.world.start = func(ctx context.Context, t topologies.Topology, o topologies.StartOptions) (topologies.Cluster, error) {
			c, err := start(ctx, t, o)
			if err != nil {
				return c, err
			}
			return change(c), nil
		}
	}
}

// swapped is a cluster that gives steps other instances than they asked for.
type swapped struct {
	topologies.Cluster
	swap    func(topologies.Instance) topologies.Instance
	instead *topologies.Selector // the selector to use instead of the step's; nil: that of the step
}

func (s swapped) Select(ctx context.Context, sel topologies.Selector) ([]topologies.Instance, error) {
	if s.instead != nil {
		sel = *s.instead
	}
	found, err := s.Cluster.Select(ctx, sel)
	for n := range found {
		found[n] = s.swap(found[n])
	}
	return found, err
}

// unfreezable reports that it was frozen, but was not.
type unfreezable struct{ topologies.Instance }

func (unfreezable) Pause(context.Context) error { return nil }

// unstartable reports that it was started again, but was not.
type unstartable struct{ topologies.Instance }

func (unstartable) Start(context.Context) error { return nil }

// unraisable reports that its CPU limit was raised, but it was not.
type unraisable struct {
	topologies.Instance
	said float64 // the reported limit after it was lowered
}

func (u *unraisable) SetCPU(ctx context.Context, cores float64) (former float64, err error) {
	former, u.said = u.said, cores
	if former > 0 && cores > former || former == cores {
		return former, nil
	}
	real, err := u.Instance.SetCPU(ctx, cores)
	if former == 0 {
		former = real
	}
	return former, err
}

// panicking is a claim whose checker has a bug.
type panicking struct{}

func (panicking) String() string                     { return "requests respond" }
func (panicking) Needs() claims.Needs                { return claims.Needs{} }
func (panicking) Check(*results.Run) results.Verdict { panic("planted") }

// unreadable is a cluster whose stores cannot be read.
type unreadable struct{ topologies.Cluster }

func (u unreadable) Instances() (all []topologies.Instance) {
	for _, i := range u.Cluster.Instances() {
		all = append(all, unread{i})
	}
	return all
}

type unread struct{ topologies.Instance }

func (u unread) Node() topologies.Node {
	n := u.Instance.Node()
	if n.Keeps != nil {
		n.Keeps = func(context.Context, topologies.Instance) (topologies.Kept, error) {
			return topologies.Kept{}, errors.New("planted")
		}
	}
	return n
}

// whileAttacking changes the system from outside some time before the first
// step.
func whileAttacking(before time.Duration, do func(context.Context, *player) error) func(*player) {
	return func(p *player) {
		fire := p.fire
		p.fire = func(a targets.Attack, ctx context.Context, e targets.Entry, began time.Time, each func(results.Request)) (results.Load, error) {
			var did error
			var doing sync.WaitGroup
			doing.Go(func() {
				select {
				case <-time.After(time.Until(began.Add(p.armed.first() - before))):
					did = do(ctx, p)
				case <-ctx.Done():
				}
			})
			load, err := fire(a, ctx, e, began, each)
			doing.Wait()
			return load, errors.Join(err, did)
		}
	}
}

// drivers run the command of a run with a load generator that is disturbed.
var drivers = map[string]func(*exec.Cmd) error{
	"starved-generator": starve,
	"stopped-generator": stopOnce,
}

// stoppedFor is how long the generator is stopped once.
const stoppedFor = 4 * time.Second

// stopOnce runs a command, stops it once the first fault has ended, and resumes
// it later.
func stopOnce(cmd *exec.Cmd) error {
	runtime.LockOSThread() // the kernel sends the signal when this thread ends, not the process
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	seen := &awaitedText{to: cmd.Stderr, text: "fault ended", seen: make(chan struct{})}
	cmd.Stderr = seen
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return errors.Join(err, errors.New("no fault ended"))
	case <-seen.seen:
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	time.Sleep(stoppedFor)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		return err
	}
	return <-ended
}

// awaitedText forwards what is written and signals when a text was in it.
type awaitedText struct {
	to   io.Writer
	text string
	seen chan struct{}
	all  strings.Builder
	once sync.Once
}

func (w *awaitedText) Write(b []byte) (int, error) {
	w.all.Write(b)
	if strings.Contains(w.all.String(), w.text) {
		w.once.Do(func() { close(w.seen) })
	}
	return w.to.Write(b)
}

// A tenth of a CPU, as a quota grants it: the times running and stopped.
const (
	awake  = 10 * time.Millisecond
	asleep = 90 * time.Millisecond
)

// starve runs a command with a tenth of a CPU: it stops and resumes it by
// signals, which needs no privileges and no cgroup. Processes that the command
// started, such as its watchdog, are not affected.
func starve(cmd *exec.Cmd) error {
	// If this process ended, the command would stay stopped for ever, with
	// everything that it created. So it dies with this process, and its
	// watchdog cleans up.
	runtime.LockOSThread() // the kernel sends the signal when this thread ends, not the process
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	signal := func(s os.Signal) {
		if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			panic(err)
		}
	}
	for {
		signal(syscall.SIGSTOP)
		time.Sleep(asleep)
		signal(syscall.SIGCONT)
		select {
		case err := <-ended:
			return err
		case <-time.After(awake):
		}
	}
}
