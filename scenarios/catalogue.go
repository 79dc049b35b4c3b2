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

// files are the built-in scenarios, one folder a rung.
//
//go:embed single-server load-balancer replication
var files embed.FS

// names lists the built-in scenarios: rungs in the order of the ladder, and in
// each the order of the alphabet.
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

// List gives the built-in scenarios in the order of the ladder.
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

// builtInFile is where a built-in scenario stands in the source.
func builtInFile(name string) string { return path.Join("scenarios", name+".yaml") }

// ownFile is the path of a user's own file, as it was typed; "" of what is built in.
func (s *Scenario) ownFile() string {
	if s.file == builtInFile(s.Name) {
		return ""
	}
	return s.file
}

// standardInput is the path of what is piped in.
const standardInput = "-"

// Load gives a built-in scenario by its name, one from a file, whatever its
// extension, or with "-" one from standard input. Whatever is wrong with the
// name or the file is told as *Mistakes.
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

// unknown is the mistake of a name that is neither a scenario nor a file.
func unknown(as, near string, all []string) error {
	return &Mistakes{File: as, All: []Mistake{{Text: "no such scenario or file: " + meant(near, all)}}}
}

// meant is which scenario a name may stand for. The rung may have been left
// out, or stand alone.
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

// parse reads and checks a scenario with all its arms, and tells every mistake
// at once.
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
