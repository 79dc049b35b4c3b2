// Images are built without a registry: every image is Debian packages on one
// base. The base is pulled if a registry can be reached, and bootstrapped
// otherwise.

package topologies

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"
)

// buildersAtOnce limits parallel builds: unpacking packages is CPU-bound, and many
// machines have only two cores.
const buildersAtOnce = 3

// imageLabel is the label of every image of Holdfast, set by its Dockerfile; its
// value is the image's name.
const imageLabel = "holdfast.image"

// ImagesOf returns the names of the images that a topology needs, sorted, without
// their base images. They include the tools image, for the packet rules.
func ImagesOf(t Topology) []string {
	names := []string{"tools"}
	for _, n := range t.Nodes {
		names = append(names, n.Image)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Build builds the named images and their base images, if they do not exist yet,
// and returns the tag of each: "holdfast/<name>:<hash>", where the hash is of all
// inputs of the image. If all exist, it makes one call to Docker. Report may be nil,
// and is called by one goroutine at a time. Errors about Docker or the machine wrap
// ErrEnvironment.
func Build(ctx context.Context, names []string, report func(Progress)) (map[string]string, error) {
	began := time.Now()
	report = oneAtATime(report)
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	cli := conn.Client
	recipes, err := recipesOf(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("build images: %w", err)
	}
	there, err := present(ctx, cli)
	if err != nil {
		return nil, fmt.Errorf("build images: list existing images: %w: %w", ErrEnvironment, err)
	}
	tags := map[string]string{}
	missing := map[string]recipe{}
	for _, r := range recipes {
		tags[r.name] = r.tag
		if !there[r.tag] {
			missing[r.name] = r
		}
	}
	for _, name := range names {
		if _, gone := missing[name]; !gone {
			report(Progress{Stage: StageImage, Name: name, State: "cached", Text: tags[name], Took: time.Since(began)})
		}
	}
	if len(missing) == 0 {
		return tags, nil
	}
	if err := buildAll(ctx, cli, missing, report); err != nil {
		return nil, fmt.Errorf("build images: %w", err)
	}
	prune(ctx, cli)
	return tags, nil
}

// oneAtATime serializes the reports of parallel builds.
func oneAtATime(report func(Progress)) func(Progress) {
	if report == nil {
		return func(Progress) {}
	}
	var mu sync.Mutex
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		report(p)
	}
}

// buildAll builds the missing images in parallel, base images before those that
// need them.
func buildAll(ctx context.Context, cli *client.Client, missing map[string]recipe, report func(Progress)) error {
	for len(missing) > 0 {
		var ready []recipe
		for _, r := range missing {
			if _, waits := missing[r.parent]; !waits {
				ready = append(ready, r)
			}
		}
		if len(ready) == 0 {
			return fmt.Errorf("the images depend on each other in a cycle: %v", missing)
		}
		slices.SortFunc(ready, func(a, b recipe) int { return strings.Compare(a.name, b.name) })
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(buildersAtOnce)
		for _, r := range ready {
			delete(missing, r.name)
			group.Go(func() error { return r.make(ctx, cli, report) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// present is the set of all tags of Holdfast's images in Docker.
func present(ctx context.Context, cli *client.Client) (map[string]bool, error) {
	list, err := cli.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", "holdfast/*"))})
	if err != nil {
		return nil, err
	}
	tags := map[string]bool{}
	for _, i := range list {
		for _, t := range i.RepoTags {
			tags[t] = true
		}
	}
	return tags, nil
}

// prune removes untagged images of older builds. It keeps recent ones, since
// another process may be about to tag them.
func prune(ctx context.Context, cli *client.Client) {
	_, _ = cli.ImagesPrune(ctx, filters.NewArgs(filters.Arg("dangling", "true"),
		filters.Arg("label", imageLabel), filters.Arg("until", "1h")))
}

// imageNames are the folders under images that contain a Dockerfile.
func imageNames() []string {
	found, _ := fs.Glob(imageFiles, "images/*/Dockerfile")
	var names []string
	for _, f := range found {
		names = append(names, strings.Split(f, "/")[1])
	}
	return names
}
