//go:build unix

package results

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull saves where no file may grow beyond 4 KiB, in a process of its
// own, since that limit is the whole process's.
func TestDiskFull(t *testing.T) {
	if dir := os.Getenv("TEST_FULL_DISK"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		var usual syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
			t.Fatal(err)
		}
		small := usual
		small.Cur = 4096
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
			t.Fatal(err)
		}
		err := saveAll(dir, promoted())
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil { // for what the test tool writes
			t.Fatal(err)
		}
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("saved on a full disk: %v", err)
		}
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestDiskFull$")
	child.Env = append(os.Environ(), "TEST_FULL_DISK="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, runFile)); err == nil {
		t.Error("run.json is there, though the history is not")
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if f.Name() == historyFile || strings.HasPrefix(f.Name(), ".") || strings.HasSuffix(f.Name(), ".tmp") {
			t.Errorf("half a file was left: %s", f.Name())
		}
	}
}
