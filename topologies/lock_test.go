package topologies

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestIsDead(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	held, free, missing := filepath.Join(folder, "held"), filepath.Join(folder, "free"), filepath.Join(folder, "missing")
	living, err := takeLock(held)
	if err != nil {
		t.Fatal(err)
	}
	defer living.release(true)
	if err := os.WriteFile(free, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	us := here()
	at := func(alter func(*place)) string {
		p := us
		alter(&p)
		return p.String()
	}
	for _, c := range []struct {
		name string
		of   owner
		dead bool
	}{
		{"its lock is held", owner{hostname(), us.String(), held}, false},
		{"its lock is free", owner{hostname(), us.String(), free}, true},
		{"no lock, seen from here", owner{hostname(), us.String(), missing}, true},
		{"no lock, a service or container with files of its own", owner{hostname(), at(func(p *place) { p.mounts = "mnt:[1]" }), missing}, false},
		{"no lock, another machine of the same name", owner{hostname(), at(func(p *place) { p.machine, p.boot = "another", "another" }), missing}, false},
		{"no lock, another machine that does not say which", owner{hostname(), at(func(p *place) { p.machine, p.boot = "", "another" }), missing}, false},
		{"no lock, from before this machine was started again", owner{hostname(), at(func(p *place) { p.boot, p.mounts = "before", "mnt:[1]" }), missing}, us.machine != ""},
		{"no lock, and it does not say from where", owner{hostname(), "", missing}, false},
		{"another host", owner{"elsewhere", us.String(), missing}, false},
		{"it names no lock", owner{hostname(), us.String(), ""}, false},
	} {
		lock, dead := c.of.isDead()
		if dead != c.dead {
			t.Errorf("%s: dead %v, want %v", c.name, dead, c.dead)
		}
		if c.of.lock == free {
			if _, err := takeLock(free); err == nil {
				t.Errorf("%s: two may sweep it at once", c.name)
			}
		}
		lock.release(false)
	}
	if (place{}).outlived((place{}).String()) || (place{"", "now", "mnt"}).outlived("/before/mnt") {
		t.Error("where nothing is known, everybody is dead")
	}
	if !(place{"m", "now", "mnt"}).outlived("m/before/mnt") {
		t.Error("a machine that was started again has the processes of before")
	}
}

// TestActiveRunKeepsItsLock cleans the temporary files under a run's feet.
func TestActiveRunKeepsItsLock(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		lock, err := holdLock("kept")
		if err != nil {
			t.Fatal(err)
		}
		lock.keep()
		path := lockPath("kept")
		long := time.Now().Add(-24 * time.Hour)
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
		time.Sleep(refreshEvery)
		synctest.Wait()
		if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) > time.Second {
			t.Errorf("a lock in use looks old: %v, %v", info, err)
		}
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(refreshEvery)
		synctest.Wait()
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a lock that was taken stays away: %v", err)
		}
		if _, err := takeLock(path); err == nil {
			t.Error("a lock that was taken is not held again")
		}
		lock.release(true)
		time.Sleep(3 * refreshEvery)
		if _, err := os.Stat(path); err == nil {
			t.Error("a lock that was let go came back")
		}
	})
}

// TestLockFolderOfAnother refuses a folder that another user may have prepared.
func TestLockFolderOfAnother(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(folder string) error
		why  string // part of the reason; "" where it is trusted
	}{
		{"none yet", func(string) error { return nil }, ""},
		{"our own", func(folder string) error { return os.Mkdir(folder, 0o700) }, ""},
		{"open to others", func(folder string) error { return errors.Join(os.Mkdir(folder, 0o700), os.Chmod(folder, 0o777)) }, "can be written by other users (mode 0777)"},
		{"open to a group", func(folder string) error { return errors.Join(os.Mkdir(folder, 0o700), os.Chmod(folder, 0o770)) }, "can be written by other users (mode 0770)"},
		{"a link", func(folder string) error { return os.Symlink(t.TempDir(), folder) }, "is not a folder"},
		{"another user's", func(folder string) error {
			if os.Getuid() != 0 {
				t.Skip("only root can give a folder to another user")
			}
			return errors.Join(os.Mkdir(folder, 0o700), os.Chown(folder, 1234, 1234))
		}, "belongs to another user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			path := lockPath("x")
			if err := c.make(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
			lock, err := holdLock("x")
			lock.release(false)
			switch {
			case c.why == "" && err != nil:
				t.Error(err)
			case c.why != "" && (!errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), "to do: remove it")):
				t.Errorf("%v, want %q", err, c.why)
			}
			// A free lock in it must not say that a run is dead either.
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			lock, dead := owner{hostname(), here().String(), path}.isDead()
			lock.release(false)
			if dead != (c.why == "") {
				t.Errorf("a free lock says dead: %v", dead)
			}
		})
	}
}
