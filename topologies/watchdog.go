// A process that is killed with SIGKILL cannot clean up. A second, detached process
// outlives it and cleans up.

package topologies

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// watchdogEnv makes a process the watchdog of the run it names.
const watchdogEnv = "HOLDFAST_WATCHDOG"

// hasWatchdog is set by WatchdogMain. Without that call, a second process of the
// program would run the program itself instead of the watchdog.
var hasWatchdog atomic.Bool

// watchdogPipes are the pipes to the watchdogs. They are referenced here because
// the garbage collector would close a pipe, and the watchdog would remove the run.
var watchdogPipes sync.Map // *watchdog to *os.File

// watchdog is the process that outlives this process.
type watchdog struct{ gone chan struct{} }

// WatchdogMain must be the first call in main and in TestMain of every program that
// starts topologies. In a process that was started as a watchdog it waits for the
// end of its run's process, removes what that left, and never returns.
func WatchdogMain() {
	runID := os.Getenv(watchdogEnv)
	if runID == "" {
		hasWatchdog.Store(true)
		return
	}
	said, _ := io.ReadAll(os.Stdin) // ends with the run, or with its process
	if string(said) == cleanWord {
		os.Exit(0)
	}
	if err := cleanAfter(runID); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// cleanWord tells the watchdog that its run was stopped and nothing is left.
const cleanWord = "clean"

// cleanLimit is how long a watchdog retries: enough for a restart of the daemon, or
// for a sweep that holds the lock.
const cleanLimit = 5 * time.Minute

// cleanAfter removes what a dead run left, and retries failures.
func cleanAfter(runID string) error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	lock, err := awaitLock(ctx, runID)
	if err != nil {
		return fmt.Errorf("clean after run %s: %w", runID, err)
	}
	defer lock.release(true)
	for {
		_, err := passes(ctx, func(ctx context.Context) (Swept, error) { return cleanPass(ctx, runID) })
		if err == nil {
			return nil
		}
		if pause(ctx, passEvery) != nil {
			return fmt.Errorf("clean after run %s: %w", runID, err)
		}
	}
}

// awaitLock takes the lock of a dead run, so that no run with the same id starts
// before the cleanup. It waits, because the kernel closes the pipe and the lock of a
// dead process in any order, and a sweep holds the lock during its passes.
func awaitLock(ctx context.Context, runID string) (*runLock, error) {
	for {
		lock, err := holdLock(runID)
		if err == nil {
			return lock, nil
		}
		if pause(ctx, passEvery) != nil {
			return nil, err
		}
	}
}

// cleanPass makes one pass on a connection of its own: the daemon may restart
// between two passes.
func cleanPass(ctx context.Context, runID string) (Swept, error) {
	d, err := connect(ctx)
	if err != nil {
		return Swept{}, err
	}
	defer d.Close()
	return removeRun(ctx, d, runID)
}

// startWatchdog starts this program again, detached from the terminal and its
// signals, with a pipe that closes when this process ends, for any reason.
func startWatchdog(runID string) (*watchdog, error) {
	if !hasWatchdog.Load() {
		return nil, errors.New("start the watchdog: main did not call topologies.WatchdogMain first")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, environment("start the watchdog", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, environment("start the watchdog", err)
	}
	defer read.Close()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), watchdogEnv+"="+runID)
	cmd.Dir = os.TempDir() // it may outlive the current folder
	cmd.Stdin = read
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, environment("start the watchdog", err)
	}
	w := &watchdog{gone: make(chan struct{})}
	watchdogPipes.Store(w, write)
	go func() {
		cmd.Wait()
		close(w.gone)
	}()
	return w, nil
}

// release ends the watchdog: at once if nothing is left (clean), otherwise after
// its cleanup.
func (w *watchdog) release(clean bool) {
	if w == nil {
		return
	}
	if write, held := watchdogPipes.LoadAndDelete(w); held {
		if clean {
			io.WriteString(write.(*os.File), cleanWord)
		}
		write.(*os.File).Close()
	}
}
