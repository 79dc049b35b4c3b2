// Several runs share a machine, and some of them are dead. A run is alive while
// its process holds a lock on a file: the kernel releases the lock when the
// process ends, however it ends.

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

// Labels of all that a run makes, and of images.
const (
	labelRun  = "holdfast.run"  // the run's id
	labelNode = "holdfast.node" // the node's name, on its container only
	labelHost = "holdfast.host" // the machine on which the run's process is
	labelFrom = "holdfast.from" // from where on it the lock file can be seen
	labelLock = "holdfast.lock" // the file that this process holds locked while it lives

	labelBeside = "holdfast.beside" // the node's name, on the container that holds its packet rules
)

// labels mark all that a run makes.
func labels(runID string) map[string]string {
	return map[string]string{labelRun: runID, labelHost: hostname(), labelFrom: here().String(), labelLock: lockPath(runID)}
}

// owner is who made a run, as its labels say.
type owner struct{ host, from, lock string }

// isDead tells whether a run's process is gone for certain. If so, the lock is
// held by us, so that no one else sweeps at the same time; nil when the file
// itself is gone, which says something only where it would be seen.
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

// place is from where a process sees files. A service with temporary files of
// its own, or a container with this host's name and Docker's socket, sees others.
type place struct{ machine, boot, mounts string }

// here is the place of this process; what cannot be told of it is "".
func here() place {
	if runtime.GOOS != "linux" {
		return place{boot: runtime.GOOS, mounts: runtime.GOOS} // one machine has one view of its files
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

// outlived says that a process of the place on a label is gone when its lock
// file is not there: we would see the file, or this machine was started again.
func (p place) outlived(label string) bool {
	parts := strings.Split(label, "/")
	if len(parts) != 3 || p.boot == "" || p.mounts == "" {
		return false
	}
	of := place{parts[0], parts[1], parts[2]}
	startedAgain := of.machine != "" && of.machine == p.machine && of.boot != "" && of.boot != p.boot
	return of == p || startedAgain
}

// lockPath is the file that the run's process holds locked while it lives.
func lockPath(runID string) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("%s%d", lockFolder, os.Getuid()), runID+".lock")
}

// lockFolder and a user's number is the name of the folder with that user's locks.
const lockFolder = "holdfast-"

// refreshEvery is how often a living run sees to its lock file. Those who clean
// temporary files take what nobody touched for days, or take it at once.
const refreshEvery = 10 * time.Second

// runLock is the lock of a run, held.
type runLock struct {
	guard sync.Mutex
	path  string
	file  *flock.Flock // nil: let go
	next  *time.Timer  // nil: nobody refreshes it
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

// makeLockFolder makes the folder of this user's locks, or sees that the one
// that is there can be trusted.
func makeLockFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return trustFolder(folder)
}

// trustFolder refuses a folder of locks in which another user than its own can
// make and remove files: it lies where everybody may write, so that another
// could have made it, and could end the locks of living runs.
func trustFolder(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	owner := os.Getuid()
	if number, ok := strings.CutPrefix(filepath.Base(folder), lockFolder); ok {
		if uid, err := strconv.Atoi(number); err == nil {
			owner = uid // root looks at the locks of others, too
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

// errAlive says that somebody holds a lock.
var errAlive = errors.New("it is already running")

// takeLock takes the lock that is a file, which is made where it is not there.
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

// keep refreshes the lock until it is let go.
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

// refresh makes the file again where it was taken, and else says that it is used.
func (l *runLock) refresh() {
	l.guard.Lock()
	defer l.guard.Unlock()
	if l.file == nil {
		return
	}
	if makeLockFolder(filepath.Dir(l.path)) != nil {
		return // the next time, perhaps
	}
	if again, err := takeLock(l.path); err == nil { // then the file is not the one that we hold
		l.file.Unlock()
		l.file = again.file
	}
	now := time.Now()
	_ = os.Chtimes(l.path, now, now) // it may be taken this very moment
}

// release lets the lock go; the file goes too when nothing of its run is left.
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

// hostname is the machine's name, or nothing.
func hostname() string {
	name, _ := os.Hostname()
	return name
}
