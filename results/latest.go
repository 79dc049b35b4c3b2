package results

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// Latest creates or replaces the link resultsDir/latest to a run's folder. The
// link is relative, so that the results can be moved, and is replaced atomically,
// so that it is never missing. A filesystem without links is not an error: there
// is then no link.
func Latest(resultsDir, folder string) error {
	err := link(resultsDir, folder)
	for _, without := range []error{errors.ErrUnsupported, syscall.EPERM} {
		if errors.Is(err, without) {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("link the latest run: %w", err)
	}
	return nil
}

// CheckLatest returns an error if resultsDir/latest is something other than such
// a link. It is called before a run, so that the verdict of a run is not lost.
func CheckLatest(resultsDir string) error {
	path := filepath.Join(resultsDir, "latest")
	if s, err := os.Lstat(path); err == nil && s.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link that holdfast created: move it, or choose another folder with --results", path)
	}
	return nil
}

func link(resultsDir, folder string) error {
	from, err := filepath.Abs(resultsDir)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if to, err = filepath.Rel(from, to); err != nil {
		return err
	}
	if err := os.MkdirAll(from, 0o755); err != nil {
		return err
	}
	return renameio.Symlink(to, filepath.Join(from, "latest"))
}
