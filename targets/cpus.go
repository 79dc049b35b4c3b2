package targets

import (
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// usableCPUs is the number of CPUs that this process may use: GOMAXPROCS, or the
// limit of its cgroup if that is less (Go rounds the limit up, to at least 2).
func usableCPUs() float64 {
	n := float64(runtime.GOMAXPROCS(0))
	if limit := cgroupCPUs(readText, readText("/proc/self/cgroup")); limit > 0 {
		n = min(n, limit)
	}
	return n
}

// readText is the text of a file, "" if it cannot be read.
func readText(file string) string {
	b, _ := os.ReadFile(file)
	return string(b)
}

// cgroupCPUs is the CPU limit of the cgroups in the text of /proc/self/cgroup;
// 0 without one.
func cgroupCPUs(read func(string) string, own string) float64 {
	for _, dir := range cgroupDirs(own) {
		limit := read(dir + "/cpu.max") // of version 2
		if limit == "" {
			limit = read(dir+"/cpu.cfs_quota_us") + " " + read(dir+"/cpu.cfs_period_us")
		}
		if cpus := quotient(limit); cpus > 0 {
			return cpus
		}
	}
	return 0
}

// cgroupThrottled is how long the CPU limit of those cgroups has throttled their
// processes so far; 0 without a limit.
func cgroupThrottled(read func(string) string, own string) time.Duration {
	for _, dir := range cgroupDirs(own) {
		for line := range strings.Lines(read(dir + "/cpu.stat")) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			n, err := strconv.ParseInt(value, 10, 64)
			switch {
			case err != nil || n == 0:
			case name == "throttled_usec": // version 2
				return time.Duration(n) * time.Microsecond
			case name == "throttled_time": // version 1
				return time.Duration(n)
			}
		}
	}
	return 0
}

// cgroupDirs are the folders that may contain the CPU limit of a process, from
// the text of its /proc/self/cgroup: of version 2 ("0::/path") or 1
// ("4:cpu,cpuacct:/path"). In a container, its cgroup may be mounted as the root.
func cgroupDirs(own string) []string {
	var dirs []string
	for line := range strings.Lines(own) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		root := "/sys/fs/cgroup"
		switch {
		case parts[1] == "":
		case strings.Contains(","+parts[1]+",", ",cpu,"):
			root += "/cpu"
		default:
			continue
		}
		dirs = append(dirs, path.Join(root, parts[2]), root)
	}
	return dirs
}

// quotient parses "quota period"; 0 if the quota is "max" or -1: no limit.
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
