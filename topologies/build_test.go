package topologies

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTagsChangeWithWhatIsInside(t *testing.T) {
	base := recipe{name: "x", parentTag: "holdfast/base:1", files: map[string][]byte{"Dockerfile": []byte("FROM a"), "f": []byte("1")}}
	first := base.hash()
	if first != base.hash() || len(first) != 12 {
		t.Errorf("hash %s is not stable or not twelve digits", first)
	}
	seen := map[string]string{base.hash(): "itself"}
	for what, other := range map[string]recipe{
		"parent":  {name: "x", parentTag: "holdfast/base:2", files: base.files},
		"name":    {name: "y", parentTag: base.parentTag, files: base.files},
		"content": {name: "x", parentTag: base.parentTag, files: map[string][]byte{"Dockerfile": []byte("FROM a"), "f": []byte("2")}},
		"file":    {name: "x", parentTag: base.parentTag, files: map[string][]byte{"Dockerfile": []byte("FROM a"), "g": []byte("1")}},
	} {
		if same, taken := seen[other.hash()]; taken {
			t.Errorf("another %s has the tag of %s", what, same)
		}
		seen[other.hash()] = what
	}
}

func TestRecipes(t *testing.T) {
	all, err := recipesOf(t.Context(), []string{"postgres", "nginx", "postgres"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range all {
		names = append(names, r.name)
		for f := range r.files {
			if strings.HasSuffix(f, ".tmpl") {
				t.Errorf("%s: the template %s is in the image", r.name, f)
			}
		}
		if (r.parent == "") != (r.name == "base") || r.parent != "" && !strings.HasPrefix(r.parentTag, "holdfast/base:") {
			t.Errorf("%s stands on %q, %q", r.name, r.parent, r.parentTag)
		}
	}
	if got := strings.Join(names, " "); got != "base postgres nginx" {
		t.Errorf("recipes: %s", got)
	}
	if _, err := recipesOf(t.Context(), []string{"mainframe"}); err == nil || !strings.Contains(err.Error(), "postgres") {
		t.Errorf("unknown image: %v; want the names of those there", err)
	}
}

// TestEveryImageIsLabelled, for what clean and prune may touch is found by it.
func TestEveryImageIsLabelled(t *testing.T) {
	names := imageNames()
	if len(names) < 7 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		b, err := imageFiles.ReadFile("images/" + name + "/Dockerfile")
		if err != nil || !strings.Contains(string(b), "\nLABEL "+imageLabel+"="+name+"\n") {
			t.Errorf("%s: no label, %v", name, err)
		}
	}
}

func TestContextKeepsScriptsExecutable(t *testing.T) {
	r := recipe{files: map[string][]byte{"run": []byte("#!/bin/sh\n"), "conf": []byte("a"), "site": []byte("ELF")}}
	from, err := r.context()
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int64{}
	for files := tar.NewReader(from); ; {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[h.Name] = h.Mode
	}
	if modes["run"] != 0o755 || modes["site"] != 0o755 || modes["conf"] != 0o644 {
		t.Errorf("modes: %v", modes)
	}
}

func TestFollowShowsTheFailedStep(t *testing.T) {
	var stream strings.Builder
	say := json.NewEncoder(&stream)
	_ = say.Encode(map[string]string{"stream": "Step 1/2 : FROM base\n"})
	_ = say.Encode(map[string]string{"stream": "early words\n"})
	_ = say.Encode(map[string]string{"stream": "Step 2/2 : RUN install-packages nothing\n"})
	for range 30 {
		_ = say.Encode(map[string]string{"stream": "noise\n"})
	}
	_ = say.Encode(map[string]string{"stream": "E: Unable to locate package nothing\n"})
	_ = say.Encode(map[string]string{"error": "returned a non-zero code: 100"})
	log := filepath.Join(t.TempDir(), "build.log")
	var steps []string
	err := follow(strings.NewReader(stream.String()), log, func(s string) { steps = append(steps, s) })
	if err == nil {
		t.Fatal("a failed build passed")
	}
	for _, want := range []string{"code: 100", "Step 2/2 : RUN install-packages nothing", "E: Unable to locate package nothing", log} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nhas not %q", err, want)
		}
	}
	if n := strings.Count(err.Error(), "noise"); n >= 30 || strings.Contains(err.Error(), "early words") {
		t.Errorf("all of it is shown: %v", err)
	}
	if whole, _ := os.ReadFile(log); strings.Count(string(whole), "noise") != 30 {
		t.Error("the log is not whole")
	}
	if len(steps) != 2 {
		t.Errorf("steps: %v", steps)
	}
	if err := follow(strings.NewReader(`{"stream":"Step`), log, func(string) {}); err == nil {
		t.Error("a stream that breaks off passed")
	}
}

func TestImagesOf(t *testing.T) {
	got := ImagesOf(Topology{Nodes: []Node{{Image: "site"}, {Image: "nginx"}, {Image: "site"}}})
	if !slices.Equal(got, []string{"nginx", "site", "tools"}) {
		t.Errorf("images: %v", got)
	}
}

func TestWithoutGoTheFixIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := compileSite(t.Context())
	if !errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v; want an error of the environment with its fix", err)
	}
}
