// Several runs share a machine, and some of them may be dead. A run is active while
// its process holds a lock on a file: the kernel releases the lock when the process
// ends, for any reason.

package topologies

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Labels of everything that a run creates, and of images.
const (
	labelRun  = "holdfast.run"  // the run's id
	labelNode = "holdfast.node" // the node's name, on its container only
	labelHost = "holdfast.host" // the machine of the run's process
	labelFrom = "holdfast.from" // where on that machine the lock file is visible
	labelLock = "holdfast.lock" // the file that this process locks while it runs

	labelBeside = "holdfast.beside" // the node's name, on the container that holds its packet rules
)

// labels are the labels of everything that a run creates.
func labels(runID string) map[string]string {
	return map[string]string{labelRun: runID, labelHost: hostname(), labelFrom: here().String(), labelLock: lockPath(runID)}
}

// owner identifies the process of a run, from its labels.
type owner struct{ host, from, lock string }

// isDead reports whether a run's process has certainly ended. If so, it returns the
// lock of the run, held by the caller, so that no other process sweeps at the same
// time. The lock is nil if the file does not exist, which counts only if the file
// would be visible here.
func (o owner) isDead() (*runLock, bool) {
	if o.lock == "" || o.host != hostname() {
		return nil, false
	}
	if _, err := os.Stat(o.lock); errors.Is(err, fs.ErrNotExist) {
		return nil, here().outlived(o.from)
	}
	if trustFolder(filepath.Dir(o.lock)) != nil {
		return nil, false
	}
	lock, err := takeLock(o.lock)
	return lock, err == nil
}

// place identifies the files that a process sees. A service with private temporary
// files, or a container with this host's name and Docker's socket, sees other files.
type place struct{ machine, boot, mounts string }

// here is the place of this process; unknown parts are "".
func here() place {
	if runtime.GOOS != "linux" {
		return place{boot: runtime.GOOS, mounts: runtime.GOOS} // all processes of the machine see the same files
	}
	read := func(path string) string {
		text, _ := os.ReadFile(path)
		return strings.TrimSpace(string(text))
	}
	mounts, _ := os.Readlink("/proc/self/ns/mnt")
	return place{read("/etc/machine-id"), read("/proc/sys/kernel/random/boot_id"), mounts}
}

// String is the place on a label.
func (p place) String() string { return p.machine + "/" + p.boot + "/" + p.mounts }

// outlived reports whether a missing lock file means that the process of the label
// has ended: either the file would be visible here, or this machine has rebooted.
func (p place) outlived(label string) bool {
	parts := strings.Split(label, "/")
	if len(parts) != 3 || p.boot == "" || p.mounts == "" {
		return false
	}
	of := place{parts[0], parts[1], parts[2]}
	startedAgain := of.machine != "" && of.machine == p.machine && of.boot != "" && of.boot != p.boot
	return of == p || startedAgain
}

// lockPath is the file that the run's process locks while it runs.
func lockPath(runID string) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("%s%d", lockFolder, os.Getuid()), runID+".lock")
}

// lockFolder and a user's number is the name of the folder with that user's locks.
const lockFolder = "holdfast-"

// refreshEvery is how often an active run refreshes its lock file, because cleaners
// of temporary files may delete it.
const refreshEvery = 10 * time.Second

// runLock is the held lock of a run.
type runLock struct {
	guard sync.Mutex
	path  string
	file  *flock.Flock // nil: released
	next  *time.Timer  // nil: not refreshed
}

// holdLock takes the lock of a run.
func holdLock(runID string) (*runLock, error) {
	path := lockPath(runID)
	err := makeLockFolder(filepath.Dir(path))
	var lock *runLock
	if err == nil {
		lock, err = takeLock(path)
	}
	if err != nil {
		return nil, environment("lock run "+runID, err)
	}
	return lock, nil
}

// makeLockFolder creates the folder of this user's locks, or checks that an
// existing one can be trusted.
func makeLockFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return trustFolder(folder)
}

// trustFolder refuses a lock folder in which another user can create and remove
// files. Its parent is writable for everybody, so another user could have created
// it, and could release the locks of active runs.
func trustFolder(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	owner := os.Getuid()
	if number, ok := strings.CutPrefix(filepath.Base(folder), lockFolder); ok {
		if uid, err := strconv.Atoi(number); err == nil {
			owner = uid // root checks the locks of other users, too
		}
	}
	is, known := info.Sys().(*syscall.Stat_t)
	why := ""
	switch {
	case !info.IsDir():
		why = "is not a folder"
	case !known || int(is.Uid) != owner:
		why = "belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		why = fmt.Sprintf("can be written by other users (mode %04o)", info.Mode().Perm())
	default:
		return nil
	}
	return unusable{why: folder + " " + why + ", so that the locks in it prove nothing",
		fix: "remove it, or set TMPDIR to a folder of your own"}
}

// errAlive means that another process holds the lock.
var errAlive = errors.New("it is already running")

// takeLock locks a file, and creates it if it does not exist.
func takeLock(path string) (*runLock, error) {
	file := flock.New(path)
	held, err := file.TryLock()
	if err == nil && !held {
		err = errAlive
	}
	if err != nil {
		return nil, err
	}
	return &runLock{path: path, file: file}, nil
}

// keep refreshes the lock file until the lock is released.
func (l *runLock) keep() {
	l.guard.Lock()
	defer l.guard.Unlock()
	l.next = time.AfterFunc(refreshEvery, func() {
		l.refresh()
		l.guard.Lock()
		defer l.guard.Unlock()
		if l.file != nil {
			l.next.Reset(refreshEvery)
		}
	})
}

// refresh creates the file again if it was deleted, otherwise updates its times.
func (l *runLock) refresh() {
	l.guard.Lock()
	defer l.guard.Unlock()
	if l.file == nil {
		return
	}
	if makeLockFolder(filepath.Dir(l.path)) != nil {
		return // retried at the next refresh
	}
	if again, err := takeLock(l.path); err == nil { // then the locked file had been deleted
		l.file.Unlock()
		l.file = again.file
	}
	now := time.Now()
	_ = os.Chtimes(l.path, now, now) // fails if it is deleted at this moment
}

// release releases the lock. If clean, nothing of the run is left and the file is
// removed.
func (l *runLock) release(clean bool) {
	if l == nil {
		return
	}
	l.guard.Lock()
	defer l.guard.Unlock()
	if l.file == nil {
		return
	}
	if l.next != nil {
		l.next.Stop()
	}
	if clean {
		os.Remove(l.path)
	}
	l.file.Unlock()
	l.file = nil
}

// hostname is the machine's name, or "".
func hostname() string {
	name, _ := os.Hostname()
	return name
}
