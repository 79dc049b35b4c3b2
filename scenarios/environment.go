package scenarios

import (
	"crypto/rand"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// Here is this machine.
func Here() results.Environment {
	host, _ := os.Hostname()                               // unknown stays empty
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // Linux only
	return results.Environment{
		Host: host, OS: runtime.GOOS + "/" + runtime.GOARCH, Kernel: strings.TrimSpace(string(kernel)), CPUs: runtime.NumCPU(),
	}
}

// here is where this run is played, on what the daemon says of its machine.
func here(o Options, machine topologies.Machine) results.Environment {
	e := Here()
	e.Version, e.Commit, e.Seed = o.Version, o.Commit, o.Seed
	e.Docker, e.MemoryMiB, e.Images = machine.Docker, machine.MemoryMiB, machine.Images
	e.Calibrate(o.Calibration, time.Now())
	return e
}

// newID names a run: ten letters and digits, so that two runs of all that were
// ever made on a host do not meet.
func newID() string { return strings.ToLower(rand.Text()[:10]) }
