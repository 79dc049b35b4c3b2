//go:build docs

package holdfast

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// example is one command of a document with the output that the document shows.
type example struct {
	where, command string
	shown          []string
}

// examples are the commands of all console blocks: lines that begin with "$ ",
// each followed by what it prints; "..." stands for any lines.
func examples(t *testing.T, path string) []example {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	inside := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && strings.HasPrefix(line, "$ "):
			all = append(all, example{where: path, command: line[2:]})
		case inside && len(all) > 0:
			last := &all[len(all)-1]
			last.shown = append(last.shown, line)
		}
	}
	return all
}

// TestDocs types the examples of the documents and compares what they print.
func TestDocs(t *testing.T) {
	bin, err := filepath.Abs("bin")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	paths, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, path := range append(paths, "README.md") {
		for _, e := range examples(t, path) {
			ran++
			out, err := exec.Command("sh", "-c", e.command).CombinedOutput()
			if err != nil {
				t.Errorf("%s: $ %s: %v\n%s", e.where, e.command, err, out)
				continue
			}
			// An empty line before the next command is layout and not output.
			shown := strings.TrimRight(strings.Join(e.shown, "\n"), "\n")
			if !pattern(shown).MatchString(strings.TrimRight(string(out), "\n")) {
				t.Errorf("%s: $ %s printed\n%s\nand not\n%s", e.where, e.command, out, shown)
			}
		}
	}
	if ran < 4 {
		t.Errorf("ran %d examples: the documents have more, so this looked at nothing", ran)
	}
}

// TestDocsListEveryScenario holds the README's table to what is built in.
func TestDocsListEveryScenario(t *testing.T) {
	out, err := exec.Command("bin/holdfast", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, story, _ := strings.Cut(strings.TrimSpace(line), " ")
		if row := "| `" + name + "` | " + strings.TrimSpace(story) + " |"; !strings.Contains(string(readme), row) {
			t.Errorf("README.md has no row %s", row)
		}
	}
}

// TestDocsShowARun wants a real run of the main job in the documents, to its verdict.
func TestDocsShowARun(t *testing.T) {
	usage, err := os.ReadFile("docs/USAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"replication/primary-kill\n  When the primary dies", "fault in effect pg-", "claims held", "run validity"} {
		if !strings.Contains(string(usage), part) {
			t.Errorf("docs/USAGE.md shows no run: %q is missing", part)
		}
	}
}

// pattern is the shown output as a pattern: a line "..." is any number of lines.
func pattern(shown string) *regexp.Regexp {
	p := regexp.QuoteMeta(shown + "\n")
	p = strings.ReplaceAll(p, `\.\.\.`+"\n", `(?:.*(?:\n|\z))*?`)
	return regexp.MustCompile(`\A` + strings.TrimSuffix(p, "\n") + `\z`)
}
