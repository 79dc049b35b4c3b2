// The CPU limit of a node can be lowered while it runs. The kernel counts for how
// long it throttled the node's processes.

package topologies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/docker/docker/api/types/container"
)

// cpuPeriod is the period of the CPU limit in microseconds, Docker's default. A
// limit set as period and quota can be undone; NanoCPUs cannot.
const cpuPeriod = 100_000

// cpuQuota is a limit in cores as microseconds of each period.
func cpuQuota(cores float64) int64 { return int64(math.Round(cores * cpuPeriod)) }

// SetCPU sets the limit in cores, at least 0.01, and returns the former one, also
// with an error that occurred after it was read.
func (i *instance) SetCPU(ctx context.Context, cores float64) (former float64, err error) {
	if err := CheckCores(cores); err != nil {
		return 0, fmt.Errorf("limit the CPU of %s to %w", i.Name(), err)
	}
	err = i.do(ctx, "limit the CPU of", callLimit, func(ctx context.Context) error {
		seen, err := i.cluster.docker.ContainerInspect(ctx, i.id)
		if err != nil {
			return err
		}
		former = float64(seen.HostConfig.CPUQuota) / float64(max(seen.HostConfig.CPUPeriod, 1))
		_, err = i.cluster.docker.ContainerUpdate(ctx, i.id, container.UpdateConfig{
			Resources: container.Resources{CPUPeriod: cpuPeriod, CPUQuota: cpuQuota(cores)},
		})
		return err
	})
	return former, err
}

// Throttled is how long the CPU limit has throttled the node's processes since the
// node started, from its cgroup.
func (i *instance) Throttled(ctx context.Context) (time.Duration, error) {
	var held time.Duration
	err := call(ctx, "read the throttled time of "+i.Name(), callLimit, func(ctx context.Context) error {
		answer, err := i.cluster.docker.ContainerStatsOneShot(ctx, i.id)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		var stats container.StatsResponse
		if err := json.NewDecoder(answer.Body).Decode(&stats); err != nil {
			return err
		}
		if stats.Read.IsZero() {
			return errors.New("the node is not running")
		}
		held = time.Duration(stats.CPUStats.ThrottlingData.ThrottledTime)
		return nil
	})
	return held, err
}
