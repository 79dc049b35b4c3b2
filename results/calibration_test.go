package results

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func calibration() *Calibration {
	const m = time.Millisecond
	return &Calibration{
		Schema: CalibrationVersion, At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Version: "v1", Host: "here", OS: "linux/amd64", Kernel: "6.1", CPUs: 2,
		Noise: Noise{Plays: 6, P50: Spread{m, m + m/10}, P95: Spread{4 * m, 5 * m}, P99: Spread{10 * m, 12 * m}, Share: [2]float64{1, 1}},
		Timer: Timer{3000, 5000, 90_000, 400_000}, HighestRate: 8000, Seconds: 140,
	}
}

func TestFloor(t *testing.T) {
	const m = time.Millisecond
	for _, c := range []struct {
		q       float64
		d, want time.Duration
	}{
		{0.5, m, m / 10}, {0.95, 4 * m, m}, {0.99, 10 * m, 2 * m}, {1, 10 * m, 2 * m},
		{0.99, m, 2 * m}, {0.99, 50 * m, 10 * m}, {0.5, 10 * m, m}, {0.95, 8 * m, 2 * m},
	} {
		if got := calibration().Floor(c.q, c.d); got != c.want {
			t.Errorf("floor of %v at %v is %v, want %v", c.q, c.d, got, c.want)
		}
	}
	var none *Calibration
	if got := none.Floor(0.99, time.Second) + (&Calibration{}).Floor(0.99, time.Second); got != 0 {
		t.Errorf("without a calibration the floor is %v", got)
	}
}

// TestCalibrate writes a calibration and reads it for runs that it is and is not for.
func TestCalibrate(t *testing.T) {
	saved := calibration()
	file := filepath.Join(t.TempDir(), "new", "calibration.json")
	if err := SaveCalibration(file, saved); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none.json")
	junk := filepath.Join(t.TempDir(), "junk.json")
	old := filepath.Join(t.TempDir(), "old.json")
	next := calibration()
	next.Schema++
	if err := os.WriteFile(junk, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := SaveCalibration(old, next); err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		name, file, host string
		cpus             int
		after            time.Duration
		note             string
	}{
		{"its own", file, "here", 2, 29 * day, ""},
		{"no file", "", "here", 2, day, "none"},
		{"none there", none, "here", 2, day, "none"},
		{"another host", file, "there", 2, day, "the calibration of 2026-11-24 is from another host, here"},
		{"more CPUs", file, "here", 4, day, "was made with 2 CPUs, and this machine has 4"},
		{"old", file, "here", 2, 31 * day, "is older than 30 days"},
		{"of the future", file, "here", 2, -2 * day, "dated in the future"},
		{"half a file", junk, "here", 2, day, "cannot be read"},
		{"another version", old, "here", 2, day, "has schema 2, this holdfast reads 1"},
	} {
		e := Environment{Host: c.host, CPUs: c.cpus, Calibration: saved, CalibrationNote: "of before"}
		e.Calibrate(c.file, saved.At.Add(c.after))
		switch {
		case c.note == "" && (!reflect.DeepEqual(e.Calibration, saved) || e.CalibrationNote != ""):
			t.Errorf("%s: got %+v (%s)", c.name, e.Calibration, e.CalibrationNote)
		case c.note == "none" && (e.Calibration != nil || e.CalibrationNote != ""):
			t.Errorf("%s: got %+v (%s), want neither", c.name, e.Calibration, e.CalibrationNote)
		case c.note != "" && c.note != "none" && (e.Calibration != nil || !strings.Contains(e.CalibrationNote, c.note)):
			t.Errorf("%s: got %+v (%s), want %s", c.name, e.Calibration, e.CalibrationNote, c.note)
		}
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the file is %v (%v)", left, err)
	}
}

func TestCalibrationFile(t *testing.T) {
	t.Setenv("HOLDFAST_CALIBRATION", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", os.Getenv("XDG_CACHE_HOME"))
	if file, err := CalibrationFile(); err != nil || !strings.HasPrefix(file, os.Getenv("XDG_CACHE_HOME")) || !strings.HasSuffix(file, filepath.Join("holdfast", "calibration.json")) {
		t.Errorf("it is at %s (%v)", file, err)
	}
	t.Setenv("HOLDFAST_CALIBRATION", "/elsewhere.json")
	if file, err := CalibrationFile(); err != nil || file != "/elsewhere.json" {
		t.Errorf("it is at %s (%v)", file, err)
	}
}

func TestCalibrationReport(t *testing.T) {
	var b strings.Builder
	calibration().Report(&b, "/here/calibration.json")
	for _, part := range []string{
		"calibrated here (2 CPUs, linux/amd64 6.1) in 140 s", "6 runs without a fault: p50 1ms to 1.1ms, p95 4ms to 5ms, p99 10ms to 12ms, 100% to 100% answered",
		"a p99 of 50ms must be 10ms away", "late by 5µs at p50, 90µs at p99, 400µs at most, of 3000 ticks", "8000 requests a second", "/here/calibration.json, for 30 days",
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("nothing says %q in\n%s", part, &b)
		}
	}
}

// TestCalibrationOfUnknownMachine: two names that are not known are not the same.
func TestCalibrationOfUnknownMachine(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		host string
		cpus int
	}{{"", 2}, {"", 0}, {"a", 0}} {
		cal := Calibration{Schema: CalibrationVersion, At: now, Host: c.host, CPUs: c.cpus}
		if why := cal.Against(Environment{Host: c.host, CPUs: c.cpus}, now); !strings.Contains(why, "cannot be matched to this machine") {
			t.Errorf("%+v: %q", c, why)
		}
	}
}
