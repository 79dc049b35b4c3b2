package results

import (
	"encoding/json"
	"fmt"
	"io"
)

// output is what -o json prints. output.schema.json beside this file describes
// it, and a test compares the two. Names may be added to it, never changed.
type output struct {
	Scenario string       `json:"scenario"`
	Arm      string       `json:"arm"`
	Verdict  Outcome      `json:"verdict"`
	Seconds  Seconds      `json:"seconds"`
	Requests Counts       `json:"requests"`
	Claims   []Verdict    `json:"claims"`
	Latency  []LatencyRow `json:"latency"`
	Trust    []Check      `json:"trust"`
	Folder   string       `json:"folder"`
}

// JSON writes the run's result as one JSON object, for programs: the scenario,
// the verdict of the whole run (see [Run.Outcome]), durations in seconds, counts of
// requests by fate, each claim with its verdict and the expected one, latency in
// ms, the checks of the run, and its folder. Lists are never null and numbers are
// always finite; a number that is not finite is an error and nothing is written.
func JSON(w io.Writer, r *Run, folder string) error {
	b, err := json.MarshalIndent(output{
		Scenario: r.Scenario, Arm: r.Arm, Verdict: r.Outcome(), Seconds: r.Seconds,
		Requests: r.Requests.Counts(),
		Claims:   append([]Verdict{}, r.Verdicts...), Latency: r.Latency(),
		Trust: append([]Check{}, r.Trust...), Folder: folder,
	}, "", "  ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("print run %s as JSON: %w", r.ID, err)
	}
	return nil
}
