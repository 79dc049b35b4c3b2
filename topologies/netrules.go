// Packet rules of a node are set in its own network namespace by a second
// container, the sidecar, that shares it. When the node starts again it has a new
// namespace, and the rules are lost.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
)

// sidecarImage is the image of the sidecar.
const sidecarImage = "tools"

// rules are the packet rules of one node.
type rules struct {
	guard    sync.Mutex
	node     *instance
	sidecar  string    // the container's id
	of       time.Time // start time of the node to which the sidecar belongs
	iptables string
	made     int             // sidecars so far
	number   int             // rules so far
	put      map[string]rule // all rules ever set; only the kernel knows which exist now
}

// Network returns the packet rules of the node. The first call starts the sidecar,
// in about half a second: call it before the time of the fault.
func (i *instance) Network(ctx context.Context) (NetRules, error) {
	r := &i.rules
	r.guard.Lock()
	defer r.guard.Unlock()
	r.node = i
	if err := r.attach(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// attach ensures that the sidecar is in the node's current network namespace.
func (r *rules) attach(ctx context.Context) error {
	s, err := r.node.State(ctx)
	if err != nil {
		return err
	}
	if !s.Running {
		return fmt.Errorf("packet rules of %s: it is not running, so it has no network", r.node.Name())
	}
	if r.sidecar != "" && r.of.Equal(s.StartedAt) {
		return nil
	}
	c := r.node.cluster
	tag := c.options.Images[sidecarImage]
	if tag == "" {
		return fmt.Errorf("packet rules of %s: no tag given for image %s", r.node.Name(), sidecarImage)
	}
	err = call(ctx, "start the sidecar of "+r.node.Name(), callLimit, func(ctx context.Context) error {
		if r.sidecar != "" {
			defer c.requests.begin(ctx, r.sidecar, "remove", 0)()
			err := c.docker.ContainerRemove(ctx, r.sidecar, container.RemoveOptions{Force: true})
			if err := benign(err, "No such container", "already in progress"); err != nil {
				return err
			}
			r.sidecar = ""
		}
		return r.startSidecar(ctx, tag)
	})
	if err != nil {
		return err
	}
	found, err := execIn(ctx, c.docker, r.sidecar, r.node.Name()+"'s sidecar", []string{"sh", "-c", findIptables()})
	if err != nil {
		return environment("find an iptables that works", err)
	}
	r.iptables, r.of = strings.TrimSpace(found), s.StartedAt
	return nil
}

// startSidecar starts the sidecar in the node's network namespace.
func (r *rules) startSidecar(ctx context.Context, tag string) error {
	c := r.node.cluster
	init := true
	r.made++
	marks := labels(c.options.RunID)
	marks[labelBeside] = r.node.Name()
	made, err := c.docker.ContainerCreate(ctx,
		&container.Config{Image: tag, Entrypoint: []string{"sleep"}, Cmd: []string{"infinity"}, Labels: marks},
		&container.HostConfig{
			NetworkMode: container.NetworkMode("container:" + r.node.id),
			CapAdd:      []string{"NET_ADMIN"},
			Init:        &init,
			Resources:   container.Resources{Memory: 256 << 20},
		}, nil, nil, fmt.Sprintf("%s-rules-%d", objectName(c.options.RunID, r.node.Name()), r.made))
	if err != nil {
		return err
	}
	if err := c.docker.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return errors.Join(err, c.docker.ContainerRemove(ctx, made.ID, container.RemoveOptions{Force: true}))
	}
	r.sidecar = made.ID
	return nil
}

// run runs a script in the sidecar.
func (r *rules) run(ctx context.Context, script string) (string, error) {
	argv := []string{"sh", "-c", "I=" + r.iptables + "\n" + script}
	return execIn(ctx, r.node.cluster.docker, r.sidecar, r.node.Name()+"'s sidecar", argv)
}

// place creates a rule and sets it, completely or not at all. If anyPeer, the peer
// may be "", which means every peer.
func (r *rules) place(ctx context.Context, peer, doing string, anyPeer bool, design func(number int, links []link) (rule, error)) (string, error) {
	r.guard.Lock()
	defer r.guard.Unlock()
	doing = fmt.Sprintf("%s packets between %s and %s", doing, r.node.Name(), peer)
	var links []link
	if peer != "" || !anyPeer {
		var err error
		if links, err = r.node.cluster.shared(r.node.Name(), peer); err != nil {
			return "", fmt.Errorf("%s: %w", doing, err)
		}
	}
	if r.number++; r.put == nil {
		r.put = map[string]rule{}
	}
	rule, err := design(r.number, links)
	if err == nil {
		err = r.attach(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if rule.delay > 0 {
		err = r.startDelayer(ctx, rule)
	}
	if err == nil {
		_, err = r.run(ctx, rule.set())
	}
	if err != nil {
		_, undo := r.run(context.WithoutCancel(ctx), rule.unset())
		return "", fmt.Errorf("%s: %w", doing, errors.Join(err, undo))
	}
	r.put[rule.id] = rule
	return rule.id, nil
}

// Drop drops every packet from or to the peer.
func (r *rules) Drop(ctx context.Context, peer string, d Direction) (string, error) {
	return r.place(ctx, peer, "drop", false, func(n int, links []link) (rule, error) {
		return dropRule(n, links, d)
	})
}

// Lose drops each packet with probability share, above 0 and at most 1.
func (r *rules) Lose(ctx context.Context, peer string, d Direction, share float64) (string, error) {
	return r.place(ctx, peer, "lose", false, func(n int, links []link) (rule, error) {
		return loseRule(n, links, d, share)
	})
}

// Delay delays each packet that arrives from the peer.
func (r *rules) Delay(ctx context.Context, peer string, by time.Duration) (string, error) {
	return r.place(ctx, peer, "delay", false, func(n int, links []link) (rule, error) {
		return delayRule(n, links, by)
	})
}

// Limit limits the bandwidth to the peer, or to all peers if it is "".
func (r *rules) Limit(ctx context.Context, peer string, bitsPerSecond int64) (string, error) {
	return r.place(ctx, peer, "limit", true, func(n int, links []link) (rule, error) {
		return limitRule(n, links, bitsPerSecond)
	})
}

// Hits is the number of packets that the rule has matched; for Lose, the number
// dropped. It is read from the kernel, in the node's current network namespace.
func (r *rules) Hits(ctx context.Context, id string) (uint64, error) {
	r.guard.Lock()
	defer r.guard.Unlock()
	rule, known := r.put[id]
	if !known {
		return 0, fmt.Errorf("count packets of rule %s of %s: it was never set", id, r.node.Name())
	}
	if err := r.attach(ctx); err != nil {
		return 0, err
	}
	text, err := r.run(ctx, rule.count())
	if err != nil {
		return 0, err
	}
	return rule.hits(text)
}

// RoundTrip is the round-trip time from the node to the peer.
func (r *rules) RoundTrip(ctx context.Context, peer string) (time.Duration, error) {
	r.guard.Lock()
	defer r.guard.Unlock()
	doing := fmt.Sprintf("measure the round trip from %s to %s", r.node.Name(), peer)
	links, err := r.node.cluster.shared(r.node.Name(), peer)
	if err == nil {
		err = r.attach(ctx)
	}
	var said string
	if err == nil {
		said, err = r.run(ctx, roundTrip(links[0].peers))
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	micros, err := strconv.Atoi(strings.TrimSpace(said))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	return time.Duration(micros) * time.Microsecond, nil
}

// Remove removes the rule. A rule that was lost with the node's network namespace
// counts as removed.
func (r *rules) Remove(ctx context.Context, id string) error {
	r.guard.Lock()
	defer r.guard.Unlock()
	rule, known := r.put[id]
	if !known {
		return nil
	}
	s, err := r.node.State(ctx)
	if err != nil {
		return err
	}
	if s.Running && s.StartedAt.Equal(r.of) {
		if _, err := r.run(ctx, rule.unset()); err != nil {
			return fmt.Errorf("remove rule %s of %s: %w", id, r.node.Name(), err)
		}
	}
	return nil
}
