// A node becomes a container: limits of CPU and memory, volumes, networks, and
// initial files.

package topologies

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/go-connections/nat"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// silent discards the log of testcontainers: Holdfast reports progress itself.
type silent struct{}

// Printf does nothing.
func (silent) Printf(string, ...any) {}

var silence = sync.OnceFunc(func() { tclog.SetDefault(silent{}) })

// create creates the node's container and connects it to its networks, without
// starting it. Testcontainers may return a container and an error: the container
// has the run's label and is removed with the run.
func (i *instance) create(ctx context.Context, hosts []string) error {
	silence()
	host, err := i.hostConfig(ctx, hosts)
	if err != nil {
		return err
	}
	first := i.cluster.wires[i.networks[0]].name
	req := testcontainers.GenericContainerRequest{
		Logger: silent{},
		ContainerRequest: testcontainers.ContainerRequest{
			Name:     objectName(i.cluster.options.RunID, i.Name()),
			Image:    i.cluster.options.Images[i.node.Image],
			Env:      maps.Clone(i.node.Env),
			Cmd:      i.node.Cmd,
			Labels:   labels(i.cluster.options.RunID),
			Networks: []string{first},
			Files:    i.files(),
			ConfigModifier: func(c *container.Config) {
				c.Hostname = i.Name()
			},
			HostConfigModifier: func(h *container.HostConfig) { *h = host },
			EndpointSettingsModifier: func(at map[string]*network.EndpointSettings) {
				clear(at)
				at[first] = i.endpoint(i.networks[0])
			},
		},
	}
	req.Labels[labelNode] = i.Name()
	for _, port := range i.node.Ports {
		req.ExposedPorts = append(req.ExposedPorts, fmt.Sprintf("%d/tcp", port))
	}
	err = call(ctx, "create", callLimit, func(ctx context.Context) error {
		id, err := makeContainer(ctx, req)
		if err != nil {
			return err
		}
		i.id = id
		for _, name := range i.networks[1:] {
			if err := i.cluster.docker.NetworkConnect(ctx, i.cluster.wires[name].id, i.id, i.endpoint(name)); err != nil {
				return fmt.Errorf("network %s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.log, err = followLog(i.cluster.docker, i.id, i.cluster.options.Logs, i.Name())
	return err
}

// makeContainer creates a container with testcontainers, which panics if it cannot
// find the daemon, for example if the daemon has just stopped.
func makeContainer(ctx context.Context, req testcontainers.GenericContainerRequest) (id string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("testcontainers panicked: %v", r)
		}
	}()
	c, err := testcontainers.GenericContainer(ctx, req)
	if err != nil {
		return "", err
	}
	return c.GetContainerID(), nil
}

// hostConfig describes the node as a machine: limits, disks, ports, names of its peers.
func (i *instance) hostConfig(ctx context.Context, hosts []string) (container.HostConfig, error) {
	init, memory := true, int64(i.node.MemoryMiB)<<20
	h := container.HostConfig{
		NetworkMode:   container.NetworkMode(i.cluster.wires[i.networks[0]].name),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled}, // a killed node stays down
		Init:          &init,
		ExtraHosts:    hosts,
		PortBindings:  nat.PortMap{},
		Sysctls:       i.plainSysctls(),
		Resources: container.Resources{
			CPUPeriod:  cpuPeriod,
			CPUQuota:   cpuQuota(i.node.CPU),
			Memory:     memory,
			MemorySwap: memory, // no swap: swapping would slow the node in another way
		},
	}
	for _, port := range i.node.Ports {
		h.PortBindings[nat.Port(strconv.Itoa(port)+"/tcp")] = []nat.PortBinding{{HostIP: "127.0.0.1"}}
	}
	for index, path := range i.node.Volumes {
		var name string
		err := call(ctx, "create the volume of "+path, callLimit, func(ctx context.Context) (err error) {
			name, err = i.cluster.makeVolume(ctx, i.Name(), index)
			return err
		})
		if err != nil {
			return h, err
		}
		h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeVolume, Source: name, Target: path})
	}
	return h, nil
}

// files are the node's files in testcontainers' form.
func (i *instance) files() []testcontainers.ContainerFile {
	var files []testcontainers.ContainerFile
	for _, f := range i.node.Files {
		mode := f.Mode
		if mode == 0 {
			mode = 0o644
		}
		files = append(files, testcontainers.ContainerFile{Reader: strings.NewReader(f.Text), ContainerFilePath: f.Path, FileMode: mode})
	}
	return files
}

// perEndpoint is the first API version in which the settings of an interface are
// part of its endpoint; Docker 28 refuses them elsewhere.
const perEndpoint = "1.46"

// oneInterface is the part of a setting's name that, in a topology, stands for
// every interface of the node: their numbers are not known before it starts.
const oneInterface = ".eth0."

// plainSysctls are the settings of the whole node and, for older daemons, those of
// each interface.
func (i *instance) plainSysctls() map[string]string {
	all := map[string]string{}
	for key, value := range i.node.Sysctls {
		switch {
		case !strings.Contains(key, oneInterface):
			all[key] = value
		case versions.LessThan(i.cluster.docker.ClientVersion(), perEndpoint):
			for n := range i.networks {
				all[strings.Replace(key, oneInterface, fmt.Sprintf(".eth%d.", n), 1)] = value
			}
		}
	}
	return all
}

// endpointSysctls are the settings of one interface as a driver option, for newer
// daemons.
func (i *instance) endpointSysctls() map[string]string {
	if versions.LessThan(i.cluster.docker.ClientVersion(), perEndpoint) {
		return nil
	}
	var all []string
	for key, value := range i.node.Sysctls {
		if strings.Contains(key, oneInterface) {
			all = append(all, strings.Replace(key, oneInterface, ".IFNAME.", 1)+"="+value)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return map[string]string{"com.docker.network.endpoint.sysctls": strings.Join(all, ",")}
}
