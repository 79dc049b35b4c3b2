package results

import (
	"os"
	"path/filepath"
	"testing"
)

// TestResultsArePrivate: what the logs and values of a system tell is its
// user's, unless that user made the folder and so chose who may look.
func TestResultsArePrivate(t *testing.T) {
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	root := t.TempDir()
	shared := filepath.Join(root, "shared")
	if err := os.Mkdir(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(shared, 0o755); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	for folder, want := range map[string]os.FileMode{
		filepath.Join(root, "results"):         0o700,
		filepath.Join(root, "of", "some", "x"): 0o700,
		shared:                                 0o755,
	} {
		if err := Keepable(folder); err != nil {
			t.Fatal(err)
		}
		if err := SaveRun(filepath.Join(folder, "kind", "run"), &Run{ID: "x"}); err != nil {
			t.Fatal(err)
		}
		if got := mode(folder); got != want {
			t.Errorf("%s has mode %v, want %v", folder, got, want)
		}
	}
	if got := mode(filepath.Join(root, "of")); got != 0o700 {
		t.Errorf("a folder above, which was made, too, has mode %v", got)
	}
}
