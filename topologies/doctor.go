// Runs on a machine that is too small, too old or not clean prove nothing. Doctor
// reports this before a run, and what to do about it.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/system"
)

// Finding is the result of one check of the machine.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Note bool   `json:"note,omitempty"` // for information only: nothing was checked; OK is true then
	Text string `json:"text"`           // what was seen
	Fix  string `json:"fix"`            // what to do; "" when OK
}

// The minimum resources of a machine. The images together took 1.4 GB on disk, and
// a run's logs and volumes some hundred MB; the driver needs an open file for every
// request in flight.
const (
	leastDiskMiB = 3 << 10
	leastFiles   = 4096
	leastCPUs    = 2
)

// overheadMiB is the memory of a run beside its nodes: this process and its
// record, sidecars, Docker's shims.
const overheadMiB = 512

// NeedsMiB is the memory that a topology needs, in MiB.
func NeedsMiB(t Topology) int {
	sum := overheadMiB
	for _, n := range t.Nodes {
		sum += n.MemoryMiB
	}
	return sum
}

// Doctor checks whether this machine can run a topology that needs needMiB of
// memory; 0: no particular topology. It makes no lasting changes.
func Doctor(ctx context.Context, needMiB int) []Finding {
	findings := []Finding{openFiles(), site()}
	d, info, here := daemon(ctx)
	findings = append([]Finding{here}, findings...)
	if !here.OK {
		return findings
	}
	defer d.Close()
	return append(findings, limits(info), processors(info), memory(info, needMiB), disk(info), remains(ctx, d), packets(ctx, d))
}

// Fits returns an error if a run that needs needMiB of memory cannot start on this
// machine. It makes only quick checks. The error wraps [ErrEnvironment] and says
// what to do.
func Fits(ctx context.Context, needMiB int) error {
	d, info, here := daemon(ctx)
	findings := []Finding{here}
	if here.OK {
		defer d.Close()
		findings = append(findings, openFiles(), site(), limits(info), memory(info, needMiB), disk(info))
	}
	for _, f := range findings {
		if !f.OK {
			return fmt.Errorf("%w: %s: %s; to do: %s", ErrEnvironment, f.Name, f.Text, f.Fix)
		}
	}
	return nil
}

// Machine is what is recorded of the machine that ran a topology.
type Machine struct {
	Docker    string            // the daemon's version
	MemoryMiB int64             // total memory of the daemon's machine
	Images    map[string]string // image name to id: "sha256:..."
}

// Look describes the machine and the images of these tags; unknown fields stay empty.
func Look(ctx context.Context, tags map[string]string) Machine {
	d, info, here := daemon(ctx)
	if !here.OK {
		return Machine{}
	}
	defer d.Close()
	m := Machine{Docker: info.ServerVersion, MemoryMiB: info.MemTotal >> 20, Images: map[string]string{}}
	for name, tag := range tags {
		_ = call(ctx, "inspect image "+tag, callLimit, func(ctx context.Context) error { // unknown: stays empty
			seen, err := d.ImageInspect(ctx, tag)
			if err == nil {
				m.Images[name] = seen.ID
			}
			return err
		})
	}
	return m
}

// daemon checks whether Docker answers, and gets its description.
func daemon(ctx context.Context) (*docker, system.Info, Finding) {
	var info system.Info
	d, err := connect(ctx)
	if err != nil {
		found := Finding{Name: "docker", Text: err.Error(), Fix: "restart Docker"}
		var u unusable
		if errors.As(err, &u) {
			found.Text, found.Fix = u.why, u.fix
		}
		return nil, info, found
	}
	err = call(ctx, "query Docker for its version and limits", callLimit, func(ctx context.Context) (err error) {
		info, err = d.Info(ctx)
		return err
	})
	if err != nil {
		d.Close()
		return nil, info, Finding{Name: "docker", Text: err.Error(), Fix: "restart Docker"}
	}
	text := fmt.Sprintf("Docker %s, API %s, at %s", info.ServerVersion, d.ClientVersion(), describe(d.DaemonHost()))
	return d, info, Finding{Name: "docker", OK: true, Text: text}
}

// finding is a Finding whose fix is omitted if it is OK.
func finding(name string, ok bool, text, fix string) Finding {
	if ok {
		fix = ""
	}
	return Finding{Name: name, OK: ok, Text: text, Fix: fix}
}

// openFiles checks ulimit -n.
func openFiles() Finding {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return Finding{Name: "open files", Text: err.Error(), Fix: "raise it: ulimit -n 65536"}
	}
	return finding("open files", limit.Cur >= leastFiles, fmt.Sprintf("%d, at least %d are needed", limit.Cur, leastFiles), "raise it: ulimit -n 65536")
}

// limits checks whether the daemon can enforce CPU and memory limits.
func limits(info system.Info) Finding {
	text := fmt.Sprintf("cgroup v%s, CPU quota %v, memory limit %v", info.CgroupVersion, info.CPUCfsQuota, info.MemoryLimit)
	return finding("limits", info.CPUCfsQuota && info.MemoryLimit, text,
		"let Docker use the cpu and memory controllers; for a rootless Docker, delegate them to the user in systemd")
}

// processors checks the number of CPUs.
func processors(info system.Info) Finding {
	return finding("processors", info.NCPU >= leastCPUs, fmt.Sprintf("%d, at least %d are needed", info.NCPU, leastCPUs),
		"give the machine, or Docker's virtual machine, more of them")
}

// memory checks for the memory that a topology needs; if the free memory of the
// daemon's machine is unknown, its total memory counts.
func memory(info system.Info, needMiB int) Finding {
	free, what := info.MemTotal>>20, "in all"
	if kernel, err := os.ReadFile("/proc/meminfo"); err == nil && isHere(info) {
		if kib := meminfo(string(kernel), "MemAvailable"); kib > 0 {
			free, what = kib>>10, "available"
		}
	}
	return finding("memory", free >= int64(needMiB), fmt.Sprintf("%d MiB %s, %d MiB are needed", free, what, needMiB),
		"stop other programs, choose a smaller topology, or give Docker's virtual machine more memory")
}

// meminfo reads one line of /proc/meminfo, in KiB; 0 if it is missing.
func meminfo(text, key string) int64 {
	for l := range strings.Lines(text) {
		if f := strings.Fields(l); len(f) >= 2 && f[0] == key+":" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}

// isHere reports whether the daemon runs on this machine.
func isHere(info system.Info) bool { return runtime.GOOS == "linux" && info.Name == hostname() }

// disk checks the free space where Docker stores images and volumes.
func disk(info system.Info) Finding {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(info.DockerRootDir, &fs); err != nil || !isHere(info) {
		return Finding{Name: "disk", OK: true, Note: true, Text: "not checked: Docker does not run on this machine"}
	}
	free := int64(fs.Bavail) * int64(fs.Bsize) >> 20
	return finding("disk", free >= leastDiskMiB, fmt.Sprintf("%d MiB free at %s, at least %d are needed", free, info.DockerRootDir, leastDiskMiB),
		"free some space: docker system df shows what uses it, docker image prune removes unused images")
}

// remains checks for objects that dead runs left.
func remains(ctx context.Context, d *docker) Finding {
	runs, err := runsThere(ctx, d)
	if err != nil {
		return Finding{Name: "leftovers", Text: err.Error(), Fix: "restart Docker"}
	}
	var dead, networksOnly []string
	for id, o := range runs {
		if lock, is := o.isDead(); is {
			lock.release(false)
			if o.holds == 0 {
				networksOnly = append(networksOnly, id)
			} else {
				dead = append(dead, id)
			}
		}
	}
	slices.Sort(dead)
	slices.Sort(networksOnly)
	if len(dead) == 0 {
		text := "none of dead runs"
		if len(networksOnly) > 0 {
			text = "only networks of dead runs, which use no resources: " + strings.Join(networksOnly, ", ") + "; holdfast clean removes them, and a restart of Docker removes those that it counts as in use"
		}
		return Finding{Name: "leftovers", OK: true, Text: text}
	}
	return Finding{Name: "leftovers", Text: "of dead runs: " + strings.Join(dead, ", "), Fix: "remove them: holdfast clean"}
}

// packets checks, in a container without a network, whether the kernel supports
// the packet rules of the network faults.
func packets(ctx context.Context, d *docker) Finding {
	const name = "packet rules"
	var tag string
	err := call(ctx, "find the tools image", callLimit, func(ctx context.Context) error {
		list, err := d.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", "holdfast.image="+sidecarImage))})
		for _, i := range list {
			if len(i.RepoTags) > 0 {
				tag = i.RepoTags[0]
			}
		}
		return err
	})
	if err != nil {
		return Finding{Name: name, Text: err.Error(), Fix: "restart Docker"}
	}
	if tag == "" {
		return Finding{Name: name, OK: true, Note: true, Text: "not tested: the tools image is not built yet"}
	}
	out, err := tryPackets(ctx, d, tag)
	return finding(name, err == nil, "drop, lose, limit and delay: "+strings.TrimSpace(out+reason(err)),
		"use a kernel with xt_statistic, xt_comment, xt_CLASSIFY, nfnetlink_queue and sch_htb (modprobe them on the host)")
}

// reason is an error's text; "" for nil.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// tryPackets sets one rule of each kind.
func tryPackets(ctx context.Context, d *docker, tag string) (string, error) {
	runID := fmt.Sprintf("doctor-%d", os.Getpid())
	lock, err := holdLock(runID)
	if err != nil {
		return "", err
	}
	defer lock.release(true)
	var id string
	err = call(ctx, "start a container", callLimit, func(ctx context.Context) error {
		made, err := d.ContainerCreate(ctx,
			&container.Config{Image: tag, Entrypoint: []string{"sleep"}, Cmd: []string{"60"}, Labels: labels(runID)},
			&container.HostConfig{NetworkMode: "none", CapAdd: []string{"NET_ADMIN"}}, nil, nil, "")
		if err != nil {
			return err
		}
		id = made.ID
		return d.ContainerStart(ctx, id, container.StartOptions{})
	})
	if id != "" {
		defer removeRun(context.WithoutCancel(ctx), d, runID)
	}
	if err != nil {
		return "", err
	}
	script, err := rulesScript()
	if err != nil {
		return "", err
	}
	return execIn(ctx, d, id, "a container", []string{"sh", "-c", script})
}

// rulesScript sets the shortest delay and a bandwidth limit, and prints the
// iptables that works.
func rulesScript() (string, error) {
	links := []link{{peers: loopbackAddr}}
	delay, err1 := delayRule(1, links, MinDelay)
	limit, err2 := limitRule(2, nil, 1_000_000)
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	limit.before = "tc qdisc add dev lo root handle 1: htb direct_qlen 1000" // the only device in the container
	return "I=$(" + findIptables() + ") || { echo $I; exit 1; }\n" + delay.set() + limit.set() + "echo with $I", nil
}
