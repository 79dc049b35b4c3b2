package scenarios

import (
	"context"
	"crypto/rand"
	"os"
	"runtime"
	"strings"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// here is where this run is played, from images of these tags.
func here(ctx context.Context, o Options, tags map[string]string) results.Environment {
	machine := topologies.Look(ctx, tags)
	host, _ := os.Hostname()                               // unknown stays empty
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // Linux only
	return results.Environment{
		Version: o.Version, Commit: o.Commit, Host: host, OS: runtime.GOOS + "/" + runtime.GOARCH,
		Kernel: strings.TrimSpace(string(kernel)), CPUs: runtime.NumCPU(), Seed: o.Seed,
		Docker: machine.Docker, MemoryMiB: machine.MemoryMiB, Images: machine.Images,
	}
}

// newID names a run: ten letters and digits, so that two runs of all that were
// ever made on a host do not meet.
func newID() string { return strings.ToLower(rand.Text()[:10]) }
