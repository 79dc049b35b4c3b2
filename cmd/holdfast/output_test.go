package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

// hostile is what a file, a log or a system under test may say.
const hostile = "a\x1b[2J\x1b]0;title\x07\r\n\x00\x9b\u009b\u202eb\xff"

// spoil puts hostile text into every string of a value, however deep. Lists get
// two elements and maps one; what a list holds already stays beside it.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		spoil(v.Elem())
	case reflect.String:
		if v.CanSet() && v.Len() == 0 {
			v.SetString(hostile)
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() && f.Type != reflect.TypeFor[time.Time]() {
				spoil(field)
			}
		}
	case reflect.Slice:
		if v.CanSet() && v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		}
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.Map:
		if v.CanSet() && v.Type().Key().Kind() == reflect.String {
			value := reflect.New(v.Type().Elem()).Elem()
			spoil(value)
			key := reflect.New(v.Type().Key()).Elem()
			key.SetString(hostile)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		}
	}
}

// spoiled is a value all of whose strings are hostile.
func spoiled[T any]() T {
	var x T
	spoil(reflect.ValueOf(&x).Elem())
	return x
}

// hostileRun is a record with requests and a fault, and hostile text everywhere.
func hostileRun() *results.Run {
	r := spoiled[results.Run]()
	for _, kind := range []results.Kind{results.FaultAsked, results.FaultInEffect, results.FaultFailed, results.RoleChanged, results.NodeExited, results.NotSteady, results.Interrupted} {
		r.Timeline = append(r.Timeline, results.Event{Kind: kind, Node: hostile, Text: hostile})
	}
	r.Load.For = time.Second
	r.Faults = []results.Fault{{Name: hostile, Targets: []string{hostile}, Witness: hostile, EndWitness: hostile, Effect: time.Millisecond, Ended: time.Second, Err: hostile}}
	for n := range r.Requests {
		q := &r.Requests[n]
		q.Seq, q.Fate, q.Done = uint64(n), results.Refused, time.Duration(n+2)*time.Millisecond
	}
	return &r
}

// writersOfRuns write what a run and its watching say.
func writersOfRuns(t *testing.T) map[string]func(io.Writer) {
	return map[string]func(io.Writer){
		"report": func(w io.Writer) { results.Report(w, hostileRun(), results.Style{Folder: hostile}) },
		"narrow report": func(w io.Writer) {
			results.Report(w, hostileRun(), results.Style{Folder: hostile, Width: 60})
		},
		"report of a run cut short": func(w io.Writer) {
			r := hostileRun()
			r.Trust, r.Verdicts = nil, nil
			results.Report(w, r, results.Style{})
		},
		"JSON": func(w io.Writer) {
			if err := json.NewEncoder(&output{to: w}).Encode(map[string]string{hostile: hostile + "\x7f\u2066"}); err != nil {
				t.Error(err)
			}
		},
		"proof": func(w io.Writer) {
			p := spoiled[scenarios.Proof]()
			p.Verdict = scenarios.Unproven // the words for these are ours
			for i := range p.Arms {
				p.Arms[i].Arm, p.Arms[i].Says = scenarios.Treatment, scenarios.Refuted
			}
			for i := range p.Distributions {
				p.Distributions[i].Arm = scenarios.Treatment
			}
			p.Report(w, results.Style{})
		},
		"event": func(w io.Writer) {
			watch(t, w, scenarios.Notice{Event: &results.Event{Kind: hostile, Node: hostile, Text: hostile}})
		},
		"image": func(w io.Writer) { watch(t, w, news("image", "building"), news("image", "failed")) },
		"node":  func(w io.Writer) { watch(t, w, news("boot", "starting"), news("boot", "ready")) },
		"arm": func(w io.Writer) {
			a := spoiled[scenarios.ArmBegins]()
			watch(t, w, scenarios.Notice{Arm: &a})
		},
		"headline": func(w io.Writer) {
			s, err := scenarios.Load("single-server/kill")
			if err != nil {
				t.Fatal(err)
			}
			s.Name, s.Story = hostile, hostile
			newWatcher(t.Context(), w).headline(s, scenarios.Treatment)
		},
	}
}

// writersOfErrors write what is wrong with a machine, a command or a file.
func writersOfErrors(t *testing.T) map[string]func(io.Writer) {
	return map[string]func(io.Writer){
		"finding": func(w io.Writer) { io.WriteString(w, finding(spoiled[topologies.Finding]())) },
		"good finding": func(w io.Writer) {
			io.WriteString(w, finding(topologies.Finding{OK: true, Name: hostile, Text: hostile}))
		},
		"an error": func(w io.Writer) { exitCode(t.Context(), errors.New(hostile), w) },
		"an error of the environment": func(w io.Writer) {
			exitCode(t.Context(), errors.Join(topologies.ErrEnvironment, errors.New(hostile)), w)
		},
		"a mistake on the command line": func(w io.Writer) { holdfast(t.Context(), []string{"holdfast", "run", hostile}, io.Discard, w) },
		"a command that is none":        func(w io.Writer) { holdfast(t.Context(), []string{"holdfast", hostile}, io.Discard, w) },
		"a flag that is none":           func(w io.Writer) { holdfast(t.Context(), []string{"holdfast", "run", "--" + hostile}, io.Discard, w) },
		"a setting that is none": func(w io.Writer) {
			holdfast(t.Context(), []string{"holdfast", "run", "single-server/kill", "--set", hostile + "=1"}, io.Discard, w)
		},
		"a folder that is none": func(w io.Writer) {
			holdfast(t.Context(), []string{"holdfast", "judge", "nowhere/" + hostile}, io.Discard, w)
		},
		"mistakes of a file":  func(w io.Writer) { showFile(t, w, "story: "+hostile+"\n"+hostile+": 1\n") },
		"a file with escapes": func(w io.Writer) { showFile(t, w, `story: "\e[2J"`+"\n") },
	}
}

// TestOutputHasNoControlCharacters gives every writer of a terminal hostile text in
// every field: what comes out are lines of visible text.
func TestOutputHasNoControlCharacters(t *testing.T) {
	all := writersOfRuns(t)
	maps.Copy(all, writersOfErrors(t))
	for name, write := range all {
		var out bytes.Buffer
		write(&out)
		text := out.String()
		if text == "" {
			t.Errorf("%s: nothing was written", name)
		}
		for i, r := range text {
			if r != '\n' && results.Invisible(r) || strings.HasPrefix(text[i:], "\xff") {
				t.Errorf("%s: %q is in %q", name, r, text)
				break
			}
		}
	}
}

func news(stage topologies.Stage, state string) scenarios.Notice {
	p := spoiled[topologies.Progress]()
	p.Stage, p.State = stage, state
	return scenarios.Notice{Part: &p}
}

// watch lets a watcher without a terminal take notices.
func watch(t *testing.T, w io.Writer, all ...scenarios.Notice) {
	t.Helper()
	x := newWatcher(t.Context(), w)
	for _, n := range all {
		x.notice(n)
	}
}

// showFile shows a scenario of that text; both streams go to w.
func showFile(t *testing.T, w io.Writer, text string) {
	t.Helper()
	path := t.TempDir() + "/x.yaml"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	holdfast(t.Context(), []string{"holdfast", "show", path}, w, w)
}

// TestFullOutput: a result that could not be written is no success, whatever the
// command is.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	for _, args := range []string{
		"", "help", "--version", "version", "version -o json", "list", "list -o json", "show single-server", "show single-server --mermaid",
		"show single-server/kill", "show single-server/kill --yaml", "schema", "completion bash", "completion zsh", "completion fish", "run --help", "help prove",
	} {
		for name, out := range map[string]io.Writer{"full": full, "closed": w} {
			var log bytes.Buffer
			code := holdfast(context.Background(), append([]string{"holdfast"}, strings.Fields(args)...), out, &log)
			if code != exitEnvironment || !strings.Contains(log.String(), "write the result: ") {
				t.Errorf("holdfast %s, output %s: exit code %d, want %d, and said %q", args, name, code, exitEnvironment, log.String())
			}
		}
	}
}
