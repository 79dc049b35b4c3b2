package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

func upCommand() *cli.Command {
	return &cli.Command{
		Name: "up", Usage: "start a topology and keep it until Ctrl-C",
		ArgsUsage:    "TOPOLOGY",
		Flags:        []cli.Flag{setFlag()},
		BashComplete: completeTopologies,
		Action:       up,
	}
}

func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set", Usage: "`NAME=VALUE` of a setting of the topology, such as replicas=1; may be repeated"}
}

// settings are the topology's settings from the command line; the last value of a
// name counts. Text that is not a setting is an error.
func settings(c *cli.Context) (map[string]any, error) {
	set := map[string]any{}
	var wrong []string
	for _, s := range c.StringSlice("set") {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" {
			wrong = append(wrong, strconv.Quote(s))
			continue
		}
		set[name] = value
		if n, err := strconv.Atoi(value); err == nil {
			set[name] = n
		}
	}
	if len(wrong) > 0 {
		return nil, usagef("--set %s: write name=value, such as replicas=1", strings.Join(wrong, ", "))
	}
	return set, nil
}

func completeTopologies(c *cli.Context) {
	for _, b := range topologies.Blueprints() {
		fmt.Fprintln(c.App.Writer, b.Name)
	}
}

func up(c *cli.Context) (err error) {
	name, err := onlyArgument(c, "topology", "replication")
	if err != nil {
		return err
	}
	set, err := settings(c)
	if err != nil {
		return err
	}
	b, found := topologies.Find(name)
	if !found {
		var names []string
		for _, b := range topologies.Blueprints() {
			names = append(names, b.Name)
		}
		return usagef("up: no topology %q: available: %s", name, strings.Join(names, ", "))
	}
	t, err := b.Design(set)
	if err != nil {
		return usage{err}
	}
	if err := topologies.Fits(c.Context, topologies.NeedsMiB(t)); err != nil {
		return err
	}
	w := newWatcher(c.Context, c.App.ErrWriter)
	id := "up-" + strings.ToLower(rand.Text()[:10])
	cluster, err := topologies.Start(c.Context, t, topologies.StartOptions{RunID: id,
		Report: func(p topologies.Progress) { w.notice(scenarios.Notice{Part: &p}) }})
	w.close()
	if err != nil {
		return err
	}
	// The context is done when this runs, but everything must still be removed.
	defer func() { err = errors.Join(err, cluster.Stop(context.WithoutCancel(c.Context))) }()
	if err := endpoints(c, id, t, cluster); err != nil {
		return err
	}
	if o, ok := c.App.Writer.(*output); ok && o.err != nil {
		return o.err // the addresses could not be printed
	}
	<-c.Context.Done()
	return nil
}

// endpoints prints how to reach every node with a published port.
func endpoints(c *cli.Context, id string, t topologies.Topology, cluster topologies.Cluster) error {
	out := c.App.Writer
	fmt.Fprintf(out, "%s runs (%s)\n", t.Name, t.About)
	for _, i := range cluster.Instances() {
		for _, port := range i.Node().Ports {
			addr, err := i.Addr(c.Context, port)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "  %-10s %s%s\n", i.Name(), results.Printable(addr), results.Printable(hint(port, addr, i.Node().Env["PGPASSWORD"])))
		}
	}
	fmt.Fprintf(out, "\nA shell in a node:  docker exec -it $(docker ps -qf label=holdfast.run=%s -f label=holdfast.node=NODE) bash\n", id)
	fmt.Fprintf(out, "Ctrl-C stops it and removes everything.\n")
	return nil
}

// hint is an example command for a well-known port.
func hint(port int, addr, password string) string {
	host, _, _ := strings.Cut(addr, ":")
	switch port {
	case 80, 8080:
		return "   curl http://" + addr + "/users/1"
	case 5432:
		return fmt.Sprintf("   PGPASSWORD=%s psql -h %s -p %s -U postgres postgres", password, host, addr[len(host)+1:])
	}
	return ""
}
