// Roles change: the primary of a minute ago may be a replica now. So the roles of
// all nodes are queried each time that a node is selected by role.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// roleLimit is the time limit for the query of a node's role.
const roleLimit = time.Second

// roleUnknown is the role of a node that did not answer; it matches no role.
const roleUnknown = ""

// said is a node's answer to the query for its role.
type said struct {
	node Node
	role string
	err  error
}

// Select returns the nodes that match, sorted by name. If the selector names a role
// it queries the role of every node first. A node that does not answer within 1 s
// has no role but can be selected by name. If no node matches, the error lists the
// answers.
func (c *cluster) Select(ctx context.Context, s Selector) ([]Instance, error) {
	var answers []said
	if s.Role == "" {
		for _, i := range c.nodes {
			answers = append(answers, said{node: i.node, role: i.node.Role})
		}
	} else {
		answers = c.askRoles(ctx)
	}
	names, err := match(s, answers)
	if err != nil {
		return nil, err
	}
	var found []Instance
	for _, name := range names {
		found = append(found, c.find(name))
	}
	return found, nil
}

// askRoles queries all nodes in parallel.
func (c *cluster) askRoles(ctx context.Context) []said {
	answers := make([]said, len(c.nodes))
	var all sync.WaitGroup
	for at, i := range c.nodes {
		all.Go(func() {
			answers[at] = said{node: i.node, role: i.node.Role}
			if i.node.Ask != nil {
				answers[at].role, answers[at].err = i.askRole(ctx)
			}
		})
	}
	all.Wait()
	return answers
}

// askRole queries one node; it does not wait for an Ask that exceeds the limit.
func (i *instance) askRole(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, roleLimit)
	defer cancel()
	answer := make(chan said, 1)
	go func() {
		role, err := i.ask(ctx, func(ctx context.Context, me Instance) (string, error) {
			a, err := i.node.Ask(ctx, me)
			return a.Role, err
		})
		answer <- said{role: role, err: err}
	}()
	select {
	case a := <-answer:
		if a.err != nil {
			return roleUnknown, a.err
		}
		return a.role, nil
	case <-ctx.Done():
		return roleUnknown, fmt.Errorf("no answer within %v", roleLimit)
	}
}

// match returns the names of the nodes that a selector matches, sorted.
func match(s Selector, answers []said) ([]string, error) {
	if s.Name == "" && s.Role == "" && s.DC == "" {
		return nil, errors.New("select nodes: the selector is empty, and an empty one matches nothing")
	}
	var names, heard []string
	for _, a := range answers {
		switch {
		case a.err != nil:
			heard = append(heard, fmt.Sprintf("%s did not answer (%v)", a.node.Name, a.err))
		case a.role == "":
			heard = append(heard, a.node.Name+" has no role")
		default:
			heard = append(heard, a.node.Name+" is "+a.role)
		}
		if (s.Name == "" || s.Name == a.node.Name) && (s.Role == "" || s.Role == a.role) && (s.DC == "" || s.DC == a.node.DC) {
			names = append(names, a.node.Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("select %v: nothing matched: %s", s, strings.Join(heard, ", "))
	}
	slices.Sort(names)
	if !s.All {
		names = names[:1]
	}
	return names, nil
}

// String describes the selector: "role primary, dc west, all".
func (s Selector) String() string {
	var parts []string
	for _, p := range []struct{ key, value string }{{"name", s.Name}, {"role", s.Role}, {"dc", s.DC}} {
		if p.value != "" {
			parts = append(parts, p.key+" "+p.value)
		}
	}
	if s.All {
		parts = append(parts, "all")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
