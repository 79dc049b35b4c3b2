package targets

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

func TestCgroupLimit(t *testing.T) {
	for _, c := range []struct {
		name, own string
		files     map[string]string
		want      float64
	}{
		{"version 2", "0::/a\n", map[string]string{"/sys/fs/cgroup/a/cpu.max": "150000 100000\n"}, 1.5},
		{"version 2, no limit", "0::/a\n", map[string]string{"/sys/fs/cgroup/a/cpu.max": "max 100000\n"}, 0},
		{"version 2, in a container", "0::/docker/x\n", map[string]string{"/sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5},
		{"version 1", "3:memory:/a\n2:cpu,cpuacct:/a\n", map[string]string{
			"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "300000\n", "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n"}, 3},
		{"version 1, no limit", "1:cpu:/\n", map[string]string{
			"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 0},
		{"none", "", nil, 0},
	} {
		if got := cgroupCPUs(func(f string) string { return c.files[f] }, c.own); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCgroupThrottled(t *testing.T) {
	for _, c := range []struct {
		name, own string
		files     map[string]string
		want      time.Duration
	}{
		{"version 2", "0::/a\n", map[string]string{"/sys/fs/cgroup/a/cpu.stat": "usage_usec 9\nnr_throttled 2\nthrottled_usec 1500\n"}, 1500 * time.Microsecond},
		{"version 1", "2:cpu,cpuacct:/a\n", map[string]string{"/sys/fs/cgroup/cpu/a/cpu.stat": "nr_periods 7\nnr_throttled 2\nthrottled_time 1500\n"}, 1500},
		{"never", "0::/a\n", map[string]string{"/sys/fs/cgroup/a/cpu.stat": "nr_throttled 0\nthrottled_usec 0\n"}, 0},
		{"none", "", nil, 0},
	} {
		if got := cgroupThrottled(func(f string) string { return c.files[f] }, c.own); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHostBusy(t *testing.T) {
	write := func(line string) hostTimes {
		file := filepath.Join(t.TempDir(), "stat")
		if err := os.WriteFile(file, []byte(line+"\ncpu0 1 2 3\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return readHostTimes(file)
	}
	before := write("cpu  100 0 50 800 50 0 0 0 10 0")
	if got := before.busyUntil(write("cpu  130 0 60 850 60 0 0 0 20 0")); math.Abs(got-0.4) > 1e-9 {
		t.Errorf("busy %v, want 0.4", got)
	}
	for _, unknown := range []hostTimes{write("cpu 1 2"), write("intr 1 2 3 4 5 6 7 8 9"), readHostTimes("/nowhere")} {
		if got := before.busyUntil(unknown); got >= 0 {
			t.Errorf("unknown is %v", got)
		}
	}
}

func TestHeartbeatP999(t *testing.T) {
	h := &heartbeat{}
	for range 9990 {
		h.note(100 * time.Microsecond)
	}
	if got := h.p999(); got != 120*time.Microsecond {
		t.Errorf("quiet: %v", got)
	}
	for range 9 {
		h.note(7 * time.Millisecond)
	}
	if got := h.p999(); got != 120*time.Microsecond {
		t.Errorf("9 late of 9999: %v", got)
	}
	h.note(time.Second)
	h.note(2 * time.Second)
	if got := h.p999(); got != 7020*time.Microsecond {
		t.Errorf("11 late of 10001: %v", got)
	}
	for range 20 {
		h.note(3 * time.Second)
	}
	if got := h.p999(); got != 3*time.Second {
		t.Errorf("a stall: %v", got)
	}
}

func TestMeter(t *testing.T) {
	m := startMeter(time.Now())
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	var l results.Load
	m.stop(&l)
	if l.CPUShare <= 0 || l.CPUShare > 1.1 || l.HostBusy > 1 || l.HeartbeatP999 <= 0 {
		t.Errorf("%+v", l)
	}
}
