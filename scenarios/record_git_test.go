//go:build record

package scenarios

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// git runs git in the root of the repository.
func git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", ".."}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// changedSince returns every file that has changed since a commit, except Go
// files in which only comments changed.
func changedSince(commit string) ([]string, error) {
	paths, err := git("diff", "--name-only", "--no-renames", commit, "HEAD")
	if err != nil {
		return nil, fmt.Errorf("git does not know that commit: %w", err)
	}
	return slices.DeleteFunc(strings.Fields(paths), func(path string) bool {
		if !strings.HasSuffix(path, ".go") {
			return false
		}
		before, err := git("show", commit+":"+path)
		after, err2 := git("show", "HEAD:"+path)
		return err == nil && err2 == nil && sameCode([]byte(before), []byte(after)) // otherwise it was added or removed
	}), nil
}
