package targets

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// meter measures the generator during an attack: a generator that lacks CPU
// measures itself, not the system.
type meter struct {
	began time.Time
	cpu   time.Duration
	held  time.Duration // time throttled by the CPU limit
	host  hostTimes
	beat  *heartbeat
}

// startMeter starts the measurement; stalls are relative to the start of the attack.
func startMeter(began time.Time) *meter {
	return &meter{began: time.Now(), cpu: ownCPU(), held: ownThrottled(), host: readHostTimes("/proc/stat"), beat: startHeartbeat(began)}
}

// stop ends the measurement and writes the result into the load.
func (m *meter) stop(l *results.Load) {
	m.beat.stop()
	m.read(l)
}

// read writes the measurements so far into the load.
func (m *meter) read(l *results.Load) {
	m.beat.read(l)
	wall := time.Since(m.began)
	l.CPUShare = float64(ownCPU()-m.cpu) / (float64(wall) * usableCPUs())
	l.Throttled = ownThrottled() - m.held
	l.HostBusy = m.host.busyUntil(readHostTimes("/proc/stat"))
}

// ownCPU is the CPU time of this process so far.
func ownCPU() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0 // cannot fail for this process
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// ownThrottled is how long this process's CPU limit has throttled it so far.
func ownThrottled() time.Duration { return cgroupThrottled(readText, readText("/proc/self/cgroup")) }

// hostTimes is the busy time and the total time of the host's CPUs, in kernel
// ticks; all 0: unknown.
type hostTimes struct{ busy, all uint64 }

// readHostTimes reads the first line of /proc/stat: cpu, user, nice, system,
// idle, iowait, irq, softirq, steal (and guest times, which are in user).
func readHostTimes(file string) (h hostTimes) {
	b, err := os.ReadFile(file)
	if err != nil {
		return hostTimes{}
	}
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return hostTimes{}
	}
	for i, f := range fields[1:9] {
		v, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return hostTimes{}
		}
		h.all += v
		if i != 3 && i != 4 { // idle and iowait
			h.busy += v
		}
	}
	return h
}

// busyUntil is the busy share of the CPUs from h to later, 0 to 1; negative:
// unknown.
func (h hostTimes) busyUntil(later hostTimes) float64 {
	if h.all == 0 || later.all <= h.all || later.busy < h.busy {
		return -1
	}
	return float64(later.busy-h.busy) / float64(later.all-h.all)
}
