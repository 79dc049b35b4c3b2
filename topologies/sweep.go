// A killed run leaves containers, networks and volumes. Sweep removes them, so
// that they do not take memory and addresses from the next run.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
)

// Swept lists what was removed, by Docker's names, and the networks that could not
// be removed (Stuck): they are empty, but Docker counts them as in use. They use
// only their addresses, and a restart of Docker removes them.
type Swept struct {
	Containers, Networks, Volumes []string
	Stuck                         []string
}

// Sweep removes what dead runs left, and only that. A run is dead when its process
// no longer holds its lock file. It never touches runs whose lock file is not
// visible here (on another machine, or in a container or service with private
// files), or objects without a lock label: use docker rm for those. Errors wrap
// ErrEnvironment.
func Sweep(ctx context.Context) (Swept, error) {
	d, err := connect(ctx)
	if err != nil {
		return Swept{}, err
	}
	defer d.Close()
	return sweep(ctx, d)
}

// sweep is Sweep on a connection.
func sweep(ctx context.Context, d *docker) (Swept, error) {
	var all Swept
	runs, err := runsThere(ctx, d)
	if err != nil {
		return all, err
	}
	var errs []error
	for id, owner := range runs {
		lock, dead := owner.isDead()
		if !dead {
			continue
		}
		swept, err := passes(ctx, func(ctx context.Context) (Swept, error) { return removeRun(ctx, d, id) })
		lock.release(err == nil)
		if err != nil {
			errs = append(errs, fmt.Errorf("run %s: %w", id, err))
		}
		all.add(swept)
	}
	return all, errors.Join(errs...)
}

// add merges the result of another pass.
func (s *Swept) add(more Swept) {
	s.Containers = append(s.Containers, more.Containers...)
	s.Networks = append(s.Networks, more.Networks...)
	s.Volumes = append(s.Volumes, more.Volumes...)
	for _, name := range more.Stuck {
		if !slices.Contains(s.Stuck, name) { // every pass finds it again
			s.Stuck = append(s.Stuck, name)
		}
	}
}

// A create call that was in progress when the run died may finish after a pass, so
// passes are repeated until three in a row find nothing.
const (
	emptyPasses = 3
	passEvery   = 200 * time.Millisecond
)

// passes repeats pass until three in a row found nothing, or an error occurs.
func passes(ctx context.Context, pass func(context.Context) (Swept, error)) (Swept, error) {
	var all Swept
	for empty := 0; ; {
		swept, err := pass(ctx)
		all.add(swept)
		empty++
		if len(swept.Containers)+len(swept.Networks)+len(swept.Volumes) > 0 {
			empty = 0
		}
		if err != nil || empty == emptyPasses {
			return all, err
		}
		if err := pause(ctx, passEvery); err != nil {
			return all, err
		}
	}
}

// pause waits for d, or returns the cause if ctx is done earlier.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// remnant is what Docker still has of a run.
type remnant struct {
	owner
	holds int // number of containers and volumes; networks use no resources
}

// runsThere returns the runs of which Docker still has objects.
func runsThere(ctx context.Context, d *docker) (map[string]remnant, error) {
	runs := map[string]remnant{}
	note := func(labels map[string]string, holds int) {
		o, known := runs[labels[labelRun]]
		if !known || o.lock == "" {
			o.owner = owner{labels[labelHost], labels[labelFrom], labels[labelLock]}
		}
		o.holds += holds
		runs[labels[labelRun]] = o
	}
	err := call(ctx, "list what runs left", callLimit, func(ctx context.Context) error {
		cs, err := d.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", labelRun))})
		if err != nil {
			return err
		}
		ns, err := d.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("label", labelRun))})
		if err != nil {
			return err
		}
		vs, err := d.VolumeList(ctx, volume.ListOptions{Filters: filters.NewArgs(filters.Arg("label", labelRun))})
		if err != nil {
			return err
		}
		for _, c := range cs {
			note(c.Labels, 1)
		}
		for _, n := range ns {
			note(n.Labels, 0)
		}
		for _, v := range vs.Volumes {
			note(v.Labels, 1)
		}
		return nil
	})
	return runs, err
}

// removeRun removes everything with the run's label: containers, then
// networks, then volumes, each kind in parallel. The error lists what is left.
func removeRun(ctx context.Context, d *docker, runID string) (Swept, error) {
	var swept Swept
	mine := filters.NewArgs(filters.Arg("label", labelRun+"="+runID))
	err := call(ctx, "remove what run "+runID+" made", stopLimit, func(ctx context.Context) error {
		cs, err := afterStarts(ctx, d, mine)
		if err != nil {
			return err
		}
		names := map[string]string{} // id to name
		for _, c := range cs {
			names[c.ID] = c.ID[:12]
			if len(c.Names) > 0 {
				names[c.ID] = strings.TrimPrefix(c.Names[0], "/")
			}
		}
		swept.Containers, err = removeEach(names, func(id string) error {
			return d.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		})
		if err != nil {
			return fmt.Errorf("containers: %w", err)
		}
		ns, err := d.NetworkList(ctx, network.ListOptions{Filters: mine})
		if err != nil {
			return err
		}
		names = map[string]string{}
		for _, n := range ns {
			names[n.ID] = n.Name
		}
		var guard sync.Mutex
		swept.Networks, err = removeEach(names, func(id string) error {
			err := d.NetworkRemove(ctx, id)
			if err != nil && miscounted(ctx, d, id, err) {
				guard.Lock()
				defer guard.Unlock()
				swept.Stuck = append(swept.Stuck, names[id])
				return errStuck
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("networks: %w", err)
		}
		vs, err := d.VolumeList(ctx, volume.ListOptions{Filters: mine})
		if err != nil {
			return err
		}
		names = map[string]string{}
		for _, v := range vs.Volumes {
			names[v.Name] = v.Name
		}
		swept.Volumes, err = removeEach(names, func(id string) error { return d.VolumeRemove(ctx, id, true) })
		if err != nil {
			return fmt.Errorf("volumes: %w", err)
		}
		return nil
	})
	return swept, err
}

// errStuck is the error for an empty network that Docker counts as in use.
var errStuck = errors.New("stuck")

// miscounted reports whether a network could not be removed because of endpoints
// that Docker counts although the network is empty: Docker 20.10 miscounts when a
// container is removed during its start. A run's containers are removed before its
// networks, so no container is about to join.
func miscounted(ctx context.Context, d *docker, id string, err error) bool {
	if !strings.Contains(err.Error(), "active endpoints") {
		return false
	}
	seen, err := d.NetworkInspect(ctx, id, network.InspectOptions{})
	return err == nil && len(seen.Containers) == 0
}

// startsLimit is how long a created container may take to start. The slowest start
// seen took 1 s, ten in parallel 3.8 s.
const startsLimit = 4 * time.Second

// afterStarts lists the containers when none is starting, or after startsLimit. A
// start continues after the process that requested it has ended, and if a container
// is removed during its start, Docker 20.10 counts its network as in use until the
// daemon is restarted.
func afterStarts(ctx context.Context, d *docker, mine filters.Args) ([]container.Summary, error) {
	for end := time.Now().Add(startsLimit); ; {
		cs, err := d.ContainerList(ctx, container.ListOptions{All: true, Filters: mine})
		onItsWay := func(c container.Summary) bool { return c.State == container.StateCreated }
		if err != nil || !slices.ContainsFunc(cs, onItsWay) || time.Now().After(end) {
			return cs, err
		}
		if err := pause(ctx, passEvery); err != nil {
			return cs, err
		}
	}
}

// removeEach removes all in parallel and returns the names of those removed, and an
// error that names the others. An object that another process removes counts as
// removed.
func removeEach(names map[string]string, remove func(id string) error) ([]string, error) {
	var guard sync.Mutex
	var gone []string
	var errs []error
	var all sync.WaitGroup
	for id, name := range names {
		all.Go(func() {
			err := remove(id)
			guard.Lock()
			defer guard.Unlock()
			switch {
			case err == nil:
				gone = append(gone, name)
			case errors.Is(err, errStuck), errdefs.IsNotFound(err) || strings.Contains(err.Error(), "already in progress"):
			default:
				errs = append(errs, fmt.Errorf("%s is left: %w", name, err))
			}
		})
	}
	all.Wait()
	slices.Sort(gone)
	return gone, errors.Join(errs...)
}
