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

// CalibrationVersion is the version of calibration.json. It rises when a field
// changes its meaning or goes away; other versions are not used.
const CalibrationVersion = 1

// calibrationFor is how long a calibration is used: machines are updated, and
// their neighbours change.
const calibrationFor = 30 * 24 * time.Hour

// Calibration is what was measured of a machine with no fault in play: how much
// two measurements of the same thing differ, how late the generator's own clock
// is, and how fast it sends before it owes anything.
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
	HighestRate float64   `json:"highest_rate"` // per second, at which the load proof still held; 0: none was found
	Seconds     float64   `json:"seconds"`      // it took
}

// Noise is the least and the most that plays of the same system without a
// fault measured, each play as one value.
type Noise struct {
	Plays int        `json:"plays"`
	P50   Spread     `json:"p50"`
	P95   Spread     `json:"p95"`
	P99   Spread     `json:"p99"`
	Share [2]float64 `json:"share"` // least and most answered, 0 to 1
}

// Spread is the least and the most of a percentile, ns.
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

// Floor is the difference, at a latency of d, below which two measurements of
// the q-quantile cannot be told apart: what the plays differed by, and in
// proportion more where d is longer than they measured. The floor of the
// maximum is that of p99, which is the least it can be. A machine that was not
// calibrated has none: 0.
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

// Date is the day on which it was measured, UTC.
func (c *Calibration) Date() string { return c.At.UTC().Format(time.DateOnly) }

// String is the calibration in a line.
func (c *Calibration) String() string {
	between := func(s Spread) string {
		return fmt.Sprintf("%s to %s ms", ms(float64(s.Least)/1e6), ms(float64(s.Most)/1e6))
	}
	return fmt.Sprintf("of %s: %d runs without a fault had p50 %s, p99 %s; timer late by %v at p99; highest sustainable rate %.0f/s",
		c.Date(), c.Noise.Plays, between(c.Noise.P50), between(c.Noise.P99), c.Timer.P99.Round(time.Microsecond), c.HighestRate)
}

// Against says why the calibration does not count for a run there at that time;
// "" where it does.
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
	case c.At.After(now.Add(24 * time.Hour)): // a day for clocks that were set
		return fmt.Sprintf("the calibration of %s is dated in the future", c.Date())
	}
	return ""
}

// CalibrationFile is where the machine's calibration is kept: what the variable
// HOLDFAST_CALIBRATION names, else holdfast/calibration.json in the user's folder
// for caches.
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

// SaveCalibration writes the file, whole or not at all.
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

// Calibrate gives the environment the calibration of that file, or a note why
// the one that is there does not count at that time. None at all is no note.
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

// readCalibration reads a calibration and says what in it cannot have been
// measured: a floor drawn from it would hide a difference, or make one up.
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

// Report writes the calibration for people, and where it is kept.
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
