// An image is identified by its inputs: the Dockerfile, the files beside it, and
// the image it is based on. The same inputs have the same tag.

package topologies

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

//go:embed images
var imageFiles embed.FS

// recipe is all inputs of one image.
type recipe struct {
	name, tag string
	parent    string            // its base image; "" for the lowest
	parentTag string            // the value of BASE in FROM
	files     map[string][]byte // the build context
}

// parentLine is the line of a Dockerfile that names its base image.
var parentLine = regexp.MustCompile(`(?m)^ARG BASE=([a-z-]+)$`)

// siteLine is the line of a Dockerfile that needs the site's program.
var siteLine = regexp.MustCompile(`(?m)^COPY .*\bsite `)

// recipesOf returns the recipes of the named images and of all their base images,
// each once.
func recipesOf(ctx context.Context, names []string) ([]recipe, error) {
	var all []recipe
	var need func(name string) (recipe, error)
	need = func(name string) (recipe, error) {
		if i := slices.IndexFunc(all, func(r recipe) bool { return r.name == name }); i >= 0 {
			return all[i], nil
		}
		r, err := read(ctx, name)
		if err != nil {
			return r, err
		}
		if r.parent != "" {
			p, err := need(r.parent)
			if err != nil {
				return r, err
			}
			r.parentTag = p.tag
		}
		r.tag = "holdfast/" + name + ":" + r.hash()
		all = append(all, r)
		return r, nil
	}
	for _, name := range names {
		if _, err := need(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// read reads one image's folder. Templates are not part of the image: topologies
// fill them in and put them into nodes.
func read(ctx context.Context, name string) (recipe, error) {
	r := recipe{name: name, files: map[string][]byte{}}
	folder := path.Join("images", name)
	list, err := fs.ReadDir(imageFiles, folder)
	if err != nil {
		return r, fmt.Errorf("no image %q; available: %s", name, strings.Join(imageNames(), ", "))
	}
	for _, f := range list {
		if strings.HasSuffix(f.Name(), ".tmpl") {
			continue
		}
		if r.files[f.Name()], err = imageFiles.ReadFile(path.Join(folder, f.Name())); err != nil {
			return r, fmt.Errorf("read image %s: %w", name, err)
		}
	}
	dockerfile := r.files["Dockerfile"]
	if m := parentLine.FindSubmatch(dockerfile); m != nil {
		r.parent = string(m[1])
	}
	if siteLine.Match(dockerfile) {
		if r.files["site"], err = siteBinary(ctx); err != nil {
			return r, fmt.Errorf("read image %s: %w", name, err)
		}
	}
	return r, nil
}

// hash is twelve hexadecimal digits of the hash of all inputs of the image.
func (r recipe) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n", r.name, r.parentTag, runtime.GOARCH)
	for _, name := range r.sorted() {
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(r.files[name]))
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// context is the build context as a reproducible tar.
func (r recipe) context() (io.Reader, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range r.sorted() {
		mode := int64(0o644)
		if bytes.HasPrefix(r.files[name], []byte("#!")) || name == "site" {
			mode = 0o755
		}
		head := &tar.Header{Name: name, Mode: mode, Size: int64(len(r.files[name])), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(head); err != nil {
			return nil, err
		}
		if _, err := w.Write(r.files[name]); err != nil {
			return nil, err
		}
	}
	return &b, w.Close()
}

// sorted returns the names of the files in alphabetical order.
func (r recipe) sorted() []string {
	var names []string
	for name := range r.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
