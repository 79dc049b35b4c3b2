package topologies

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func TestIsDead(t *testing.T) {
	folder := t.TempDir()
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

// TestLivingRunKeepsItsLock cleans the temporary files under a run's feet.
func TestLivingRunKeepsItsLock(t *testing.T) {
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
