package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-lab/holdfast/topologies"
)

// TestRunFolderStaysWithin: whatever the name and place of a file, its runs are
// saved below files/, under a name that is valid on any system.
func TestRunFolderStaysWithin(t *testing.T) {
	plain := regexp.MustCompile(`^[\pL\pN_-]([\pL\pN._-]*[\pL\pN_])?$`)
	for path, want := range map[string]string{
		"../x.yaml":                         "x",
		"../../../etc/x.yaml":               "x",
		"/etc/x.yaml":                       "x",
		"...yaml":                           "scenario",
		"....yaml":                          "scenario",
		".yaml":                             "scenario",
		"..":                                "scenario",
		"latest.yaml":                       "latest",
		"replication/primary-kill.yaml":     "primary-kill",
		"a b\tc.yaml":                       "a-b-c",
		"a\x1b[31m\nb.yaml":                 "a--31m-b",
		`C:\x\..\y.yaml`:                    "C--x-..-y",
		"nul.yaml":                          "scenario-nul",
		"COM1.txt.yaml":                     "scenario-COM1.txt",
		"a\xffb.yaml":                       "a-b",
		"prüfung.yml":                       "prüfung",
		strings.Repeat("ü", 300) + ".yaml":  strings.Repeat("ü", 32),
		"-rf.yaml":                          "rf",
		"-":                                 "standard-input",
		strings.Repeat("a.", 60) + "x.yaml": strings.Repeat("a.", 31) + "a",
	} {
		name := strings.TrimSuffix(filepath.Clean(path), filepath.Ext(path))
		if path == "-" {
			name = "standard-input"
		}
		s := &Scenario{Name: name, file: path}
		got := s.runFolder("D", time.Unix(0, 0), "id")
		if got != filepath.Join("D", "files", want, "19700101T000000Z-id") || !plain.MatchString(want) {
			t.Errorf("%q: %q, want the name %q", path, got, want)
		}
	}
	s := &Scenario{Name: "replication/primary-kill", file: builtInFile("replication/primary-kill")}
	if got := s.runFolder("D", time.Unix(0, 0), "id"); got != filepath.Join("D", "replication", "primary-kill", "19700101T000000Z-id") {
		t.Errorf("built in: %q", got)
	}
}

// TestRunFoldersOfAPlay runs a file with a hostile name: nothing is written
// outside the folder of the results or under the name of a built-in scenario.
func TestRunFoldersOfAPlay(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := memoryWorld(t, func(topologies.Topology) *memory { return &memory{failover: 200 * time.Millisecond} })
		for _, file := range []string{"../x.yaml", "...yaml", "latest.yaml"} {
			s := scenario(t, quickScenario)
			s.Name, s.file = strings.TrimSuffix(filepath.Clean(file), ".yaml"), file
			_, folder, err := play(t.Context(), w, s, Treatment, Options{Results: filepath.Join(top, "results")})
			if err != nil || !strings.HasPrefix(folder, filepath.Join(top, "results", "files")+string(filepath.Separator)) {
				t.Errorf("%s: kept in %s, %v", file, folder, err)
			}
		}
	})
	outside, err := os.ReadDir(top)
	if err != nil || len(outside) != 1 {
		t.Errorf("beside the results: %v, %v", outside, err)
	}
	if s, err := os.Lstat(filepath.Join(top, "results", "latest")); err != nil || s.Mode()&os.ModeSymlink == 0 {
		t.Errorf("latest is no link: %v", err)
	}
}

// TestLatestIsTaken: a folder with the name of the link is reported before
// anything runs.
func TestLatestIsTaken(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "latest"), 0o755); err != nil {
		t.Fatal(err)
	}
	run, _, err := played(t, &memory{}, quickScenario, Treatment, Options{Results: folder})
	if run != nil || !errors.Is(err, topologies.ErrEnvironment) || !strings.Contains(err.Error(), "move it, or choose another folder") {
		t.Errorf("got %v, %v", run, err)
	}
}

// quickScenario is over in half a second.
const quickScenario = `
story: A test.
topology: {name: replication}
attack: {rate: 100/s, for: 500ms, timeout: 1s, mix: {read: 50%, write: 50%}}
claims:
  - responds: {share: 80%}
`
