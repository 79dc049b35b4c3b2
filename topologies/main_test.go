package topologies

import (
	"os"
	"testing"
)

// child is set where a test's child process has work of its own to do.
var child = map[string]func(){}

func TestMain(m *testing.M) {
	WatchdogMain()
	if do := child[os.Getenv("HOLDFAST_TEST_CHILD")]; do != nil {
		do()
		return
	}
	os.Exit(m.Run())
}
