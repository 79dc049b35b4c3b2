package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/holdfast-lab/holdfast/topologies"
)

// files are the built-in scenarios, one folder per rung.
//
//go:embed single-server load-balancer replication
var files embed.FS

// names lists the built-in scenarios: the rungs in order, and the scenarios of
// each in alphabetical order.
func names() ([]string, error) {
	var all []string
	for _, b := range topologies.Blueprints() {
		found, err := fs.Glob(files, b.Name+"/*.yaml")
		if err != nil {
			return nil, fmt.Errorf("list scenarios: %w", err)
		}
		slices.Sort(found)
		for _, f := range found {
			all = append(all, strings.TrimSuffix(f, ".yaml"))
		}
	}
	return all, nil
}

// List returns the built-in scenarios in the order of the rungs.
func List() ([]Scenario, error) {
	all, err := names()
	if err != nil {
		return nil, err
	}
	list := make([]Scenario, 0, len(all))
	for _, name := range all {
		s, err := builtIn(name)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

func builtIn(name string) (*Scenario, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("load scenario %s: %w", name, err)
	}
	return parse(name, builtInFile(name), text)
}

// builtInFile is the path of a built-in scenario in the source.
func builtInFile(name string) string { return path.Join("scenarios", name+".yaml") }

// ownFile is the path of a user's own file, as it was typed; "" for a built-in
// scenario.
func (s *Scenario) ownFile() string {
	if s.file == builtInFile(s.Name) {
		return ""
	}
	return s.file
}

// standardInput is the path that stands for standard input.
const standardInput = "-"

// Load returns a built-in scenario by its name, a scenario from a file with any
// extension, or with "-" one from standard input. Every error in the name or
// the file is reported as *Mistakes.
func Load(nameOrPath string) (*Scenario, error) {
	all, err := names()
	if err != nil {
		return nil, err
	}
	if slices.Contains(all, nameOrPath) {
		return builtIn(nameOrPath)
	}
	if nameOrPath == standardInput {
		return loadFrom("standard-input", nameOrPath, os.Stdin)
	}
	f, err := os.Open(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		near := strings.TrimPrefix(strings.TrimSuffix(nameOrPath, ".yaml"), "scenarios/")
		return nil, unknown(nameOrPath, near, all)
	}
	if err != nil {
		return nil, fmt.Errorf("load scenario: %w", err)
	}
	defer f.Close()
	if s, err := f.Stat(); err == nil && s.IsDir() {
		return nil, &Mistakes{File: nameOrPath, All: []Mistake{{Text: "this is a folder, not a scenario: name a file in it, or see holdfast list"}}}
	}
	return loadFrom(strings.TrimSuffix(path.Clean(nameOrPath), path.Ext(nameOrPath)), nameOrPath, f)
}

// loadFrom parses a user's own scenario.
func loadFrom(name, file string, from io.Reader) (*Scenario, error) {
	text, err := readText(from)
	if err != nil {
		return nil, fmt.Errorf("load scenario: %w", err)
	}
	return parse(name, file, text)
}

// unknown is the mistake for a name that is neither a scenario nor a file.
func unknown(as, near string, all []string) error {
	return &Mistakes{File: as, All: []Mistake{{Text: "no such scenario or file: " + meant(near, all)}}}
}

// meant returns the scenarios that a name may stand for. The rung may be
// missing, or be the whole name.
func meant(near string, all []string) string {
	var bare, rung []string
	for _, n := range all {
		bare = append(bare, path.Base(n))
		if path.Dir(n) == near {
			rung = append(rung, n)
		}
	}
	if len(rung) > 0 {
		return "did you mean one of " + strings.Join(rung, ", ") + "?"
	}
	best := Nearest(near, all)
	if i := slices.Index(bare, Nearest(near, bare)); best == "" && i >= 0 {
		best = all[i]
	}
	if best == "" {
		return "see holdfast list"
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// parse decodes and checks a scenario with all its arms, and reports all
// mistakes at once.
func parse(name, file string, text []byte) (*Scenario, error) {
	d := &decoder{}
	s := &Scenario{}
	text, ok := d.plain(text)
	if ok {
		if root := d.tree(text); root != nil {
			s = d.scenario(root)
			s.Name, s.file, s.text = name, file, text
			s.check(d)
		}
	}
	if err := d.mistakes(file, text); err != nil {
		return nil, err
	}
	return s, nil
}
