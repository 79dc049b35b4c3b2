package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/holdfast-lab/holdfast/scenarios"
	"github.com/holdfast-lab/holdfast/topologies"
)

// TestMain makes the program a command of the test scripts.
func TestMain(m *testing.M) {
	topologies.WatchdogMain()
	scenarios.ServerMain()
	testscript.Main(m, map[string]func(){"holdfast": func() {
		ctx, stop := untilSignal(context.Background(), os.Stderr)
		code := holdfast(ctx, os.Args, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// TestScripts types what a user types, and compares what the program says.
// Nothing here needs Docker.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(e *testscript.Env) error {
		e.Setenv("CI", "true")
		e.Setenv("HOLDFAST_CALIBRATION", filepath.Join(e.WorkDir, "calibration.json"))
		return nil
	}, Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exits}})
}

// exits runs a command and wants its exit code: code 2 holdfast run nothing.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if e, ok := err.(interface{ ExitCode() int }); ok {
		got = strconv.Itoa(e.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}
