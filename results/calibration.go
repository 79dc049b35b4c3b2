package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// CalibrationVersion is the version of calibration.json. It increases when a field
// changes its meaning or is removed; files of other versions are not used.
const CalibrationVersion = 1

// calibrationFor is how long a calibration is valid: machines are updated, and
// the load of neighbouring machines changes.
const calibrationFor = 30 * 24 * time.Hour

// Calibration is what was measured on a machine without a fault: how much two
// measurements of the same system differ, how late the generator's timer fires,
// and the highest rate that it can send on schedule.
type Calibration struct {
	Schema      int       `json:"schema"`
	At          time.Time `json:"at"`
	Version     string    `json:"version"` // of holdfast
	Host        string    `json:"host"`
	OS          string    `json:"os"`
	Kernel      string    `json:"kernel,omitempty"`
	CPUs        int       `json:"cpus"`
	Noise       Noise     `json:"noise"`
	Timer       Timer     `json:"timer"`
	HighestRate float64   `json:"highest_rate"` // per second, at which the load proof still passed; 0: none was found
	Seconds     float64   `json:"seconds"`      // how long the calibration took
}

// Noise is the lowest and the highest value that runs of the same system without
// a fault measured, one value per run.
type Noise struct {
	Plays int        `json:"plays"`
	P50   Spread     `json:"p50"`
	P95   Spread     `json:"p95"`
	P99   Spread     `json:"p99"`
	Share [2]float64 `json:"share"` // lowest and highest share answered, 0 to 1
}

// Spread is the lowest and the highest value of a percentile, ns.
type Spread struct {
	Least time.Duration `json:"least"`
	Most  time.Duration `json:"most"`
}

// Timer is how late a tick of the generator's pacer was, ns.
type Timer struct {
	Ticks int           `json:"ticks"`
	P50   time.Duration `json:"p50"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

// Floor is the noise floor at a latency of d: two measurements of the q-quantile
// that differ by less cannot be distinguished. It is the difference between the
// runs, increased in proportion if d is longer than the runs measured. The floor
// of the maximum is that of p99, a lower bound. Without a calibration it is 0.
// Source: docs/decisions/noise-floor.md.
func (c *Calibration) Floor(q float64, d time.Duration) time.Duration {
	if c == nil {
		return 0
	}
	s := c.Noise.P99
	switch {
	case q <= 0.5:
		s = c.Noise.P50
	case q <= 0.95:
		s = c.Noise.P95
	}
	if s.Least <= 0 || s.Most <= s.Least {
		return 0
	}
	scale := max(1, float64(d)/float64(s.Least))
	return time.Duration(float64(s.Most-s.Least) * scale)
}

// Date is the day of the calibration, UTC.
func (c *Calibration) Date() string { return c.At.UTC().Format(time.DateOnly) }

// String describes the calibration in one line.
func (c *Calibration) String() string {
	between := func(s Spread) string {
		return fmt.Sprintf("%s to %s ms", ms(float64(s.Least)/1e6), ms(float64(s.Most)/1e6))
	}
	return fmt.Sprintf("of %s: %d runs without a fault had p50 %s, p99 %s; timer late by %v at p99; highest sustainable rate %.0f/s",
		c.Date(), c.Noise.Plays, between(c.Noise.P50), between(c.Noise.P99), c.Timer.P99.Round(time.Microsecond), c.HighestRate)
}

// Against returns the reason why the calibration does not apply to a run in e at
// that time; "" if it applies.
func (c *Calibration) Against(e Environment, now time.Time) string {
	switch {
	case c.Schema != CalibrationVersion:
		return fmt.Sprintf("the calibration has schema %d, this holdfast reads %d", c.Schema, CalibrationVersion)
	case c.Host == "" || e.Host == "" || c.CPUs <= 0:
		return fmt.Sprintf("the calibration of %s cannot be matched to this machine: its host name or its number of CPUs is unknown", c.Date())
	case c.Host != e.Host:
		return fmt.Sprintf("the calibration of %s is from another host, %s", c.Date(), c.Host)
	case c.CPUs != e.CPUs:
		return fmt.Sprintf("the calibration of %s was made with %d CPUs, and this machine has %d", c.Date(), c.CPUs, e.CPUs)
	case now.Sub(c.At) > calibrationFor:
		return fmt.Sprintf("the calibration of %s is older than %d days", c.Date(), int(calibrationFor.Hours()/24))
	case c.At.After(now.Add(24 * time.Hour)): // a day, because clocks may have been set
		return fmt.Sprintf("the calibration of %s is dated in the future", c.Date())
	}
	return ""
}

// CalibrationFile returns the path of the machine's calibration: the value of
// HOLDFAST_CALIBRATION, otherwise holdfast/calibration.json in the user's cache
// folder.
func CalibrationFile() (string, error) {
	if file := os.Getenv("HOLDFAST_CALIBRATION"); file != "" {
		return file, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the calibration: %w", err)
	}
	return filepath.Join(dir, "holdfast", "calibration.json"), nil
}

// SaveCalibration writes the file atomically.
func SaveCalibration(file string, c *Calibration) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("save calibration: %w", err)
	}
	err := write(file, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(c)
	})
	if err != nil {
		return fmt.Errorf("save calibration: %w", err)
	}
	return nil
}

// Calibrate loads the calibration of that file into the environment, or a note
// why it does not apply at that time. A missing file sets neither.
func (e *Environment) Calibrate(file string, now time.Time) {
	e.Calibration, e.CalibrationNote = nil, ""
	if file == "" {
		return
	}
	c, err := openCalibration(file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		e.CalibrationNote = fmt.Sprintf("the calibration cannot be read: %v", err)
		return
	}
	if e.CalibrationNote = c.Against(*e, now); e.CalibrationNote == "" {
		e.Calibration = &c
	}
}

func openCalibration(file string) (Calibration, error) {
	f, size, err := openLimited(file, maxSmallBytes)
	if err != nil {
		return Calibration{}, err
	}
	defer f.Close()
	text := make([]byte, size)
	if _, err := io.ReadFull(f, text); err != nil {
		return Calibration{}, err
	}
	return readCalibration(text)
}

// readCalibration reads a calibration and refuses impossible values: a floor
// computed from them would hide a real difference, or report a false one.
func readCalibration(text []byte) (Calibration, error) {
	var c Calibration
	if err := decode(text, &c); err != nil {
		return c, err
	}
	for _, s := range []Spread{c.Noise.P50, c.Noise.P95, c.Noise.P99} {
		if s.Least < 0 || s.Most < s.Least || s.Most > maxLatency {
			return c, fmt.Errorf("a percentile of %v to %v is impossible", s.Least, s.Most)
		}
	}
	if a := c.Noise.Share; a[0] < 0 || a[1] < a[0] || a[1] > 1 {
		return c, fmt.Errorf("a share of %v to %v is impossible", a[0], a[1])
	}
	if c.Timer.P50 < 0 || c.Timer.Max > maxLatency || c.HighestRate < 0 || c.Noise.Plays < 0 {
		return c, errors.New("it holds an impossible time or number")
	}
	return c, nil
}

// Report writes the calibration as text, with the path of its file.
func (c *Calibration) Report(w io.Writer, file string) {
	between := func(s Spread) string { return fmt.Sprintf("%v to %v", s.Least, s.Most) }
	fmt.Fprintf(w, "calibrated %s (%d CPUs, %s %s) in %.0f s\n", c.Host, c.CPUs, c.OS, c.Kernel, c.Seconds)
	fmt.Fprintf(w, "  noise floor   %d runs without a fault: p50 %s, p95 %s, p99 %s, %.5g%% to %.5g%% answered\n",
		c.Noise.Plays, between(c.Noise.P50), between(c.Noise.P95), between(c.Noise.P99), 100*c.Noise.Share[0], 100*c.Noise.Share[1])
	fmt.Fprintf(w, "                a p99 of 50ms must be %v away from its bound to prove anything\n", c.Floor(0.99, 50*time.Millisecond).Round(10*time.Microsecond))
	fmt.Fprintf(w, "  timer         late by %v at p50, %v at p99, %v at most, of %d ticks\n", c.Timer.P50, c.Timer.P99, c.Timer.Max, c.Timer.Ticks)
	fmt.Fprintf(w, "  highest rate  %.0f requests a second, sent on schedule\n", c.HighestRate)
	fmt.Fprintf(w, "  kept in       %s, for %d days\n", file, int(calibrationFor.Hours()/24))
}
