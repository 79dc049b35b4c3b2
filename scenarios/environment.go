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

// Here describes this machine.
func Here() results.Environment {
	host, _ := os.Hostname()                               // stays empty if unknown
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // Linux only
	return results.Environment{
		Host: host, OS: runtime.GOOS + "/" + runtime.GOARCH, Kernel: strings.TrimSpace(string(kernel)), CPUs: runtime.NumCPU(),
	}
}

// here describes the machine of this run, with the daemon's information.
func here(o Options, machine topologies.Machine) results.Environment {
	e := Here()
	e.Version, e.Commit, e.Seed = o.Version, o.Commit, o.Seed
	e.Docker, e.MemoryMiB, e.Images = machine.Docker, machine.MemoryMiB, machine.Images
	e.Calibrate(o.Calibration, time.Now())
	return e
}

// newID returns a random name for a run: ten letters and digits, enough to
// distinguish all runs ever made on a host.
func newID() string { return strings.ToLower(rand.Text()[:10]) }
