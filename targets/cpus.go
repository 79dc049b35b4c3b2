package targets

import (
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// usableCPUs is how many CPUs this process may use: what Go runs on, or the
// limit of its cgroup where that is less (Go rounds it up, and not below 2).
func usableCPUs() float64 {
	n := float64(runtime.GOMAXPROCS(0))
	if limit := cgroupCPUs(readText, readText("/proc/self/cgroup")); limit > 0 {
		n = min(n, limit)
	}
	return n
}

// readText is the text of a file, "" where there is none.
func readText(file string) string {
	b, _ := os.ReadFile(file)
	return string(b)
}

// cgroupCPUs is the CPU limit of the cgroups in the text of /proc/self/cgroup,
// of version 2 ("0::/path") or 1 ("4:cpu,cpuacct:/path"); 0 without one.
func cgroupCPUs(read func(string) string, own string) float64 {
	for line := range strings.Lines(own) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		// In a container, the cgroup it is in may be mounted as the root.
		for _, at := range []string{parts[2], "/"} {
			limit := ""
			switch {
			case parts[1] == "":
				limit = read(path.Join("/sys/fs/cgroup", at, "cpu.max"))
			case strings.Contains(","+parts[1]+",", ",cpu,"):
				dir := path.Join("/sys/fs/cgroup/cpu", at)
				limit = read(dir+"/cpu.cfs_quota_us") + " " + read(dir+"/cpu.cfs_period_us")
			}
			if cpus := quotient(limit); cpus > 0 {
				return cpus
			}
		}
	}
	return 0
}

// quotient reads "quota period"; 0 where the quota is "max" or -1: no limit.
func quotient(limit string) float64 {
	f := strings.Fields(limit)
	if len(f) != 2 {
		return 0
	}
	quota, err1 := strconv.ParseFloat(f[0], 64)
	period, err2 := strconv.ParseFloat(f[1], 64)
	if err1 != nil || err2 != nil || quota <= 0 || period <= 0 {
		return 0
	}
	return quota / period
}
