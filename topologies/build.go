// Images are built without a registry: every image is Debian packages on one
// base. The base is pulled where there is a registry and bootstrapped where
// there is none.

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

// buildersAtOnce bounds parallel builds: unpacking packages is processor
// bound, and the first use is often on a machine of two cores.
const buildersAtOnce = 3

// imageLabel is on every image of ours, by its Dockerfile; its value is the
// image's name.
const imageLabel = "holdfast.image"

// ImagesOf is the names of the images a topology needs, sorted, without the
// images they stand on. The tools are among them, for the packet rules.
func ImagesOf(t Topology) []string {
	names := []string{"tools"}
	for _, n := range t.Nodes {
		names = append(names, n.Image)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Build makes the named images, and those they stand on, where they are not
// there yet, and gives back the tag of each: "holdfast/<name>:<hash>", the
// hash being of everything that goes into it. With all there, it costs one
// question to Docker. Report may be nil, and is called by one goroutine at a
// time. Errors about Docker or the machine wrap ErrEnvironment.
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

// oneAtATime keeps parallel builds from reporting at once.
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

// buildAll builds what is missing, parents before children and the rest side
// by side.
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

// present is the set of all tags of ours that Docker holds.
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

// prune takes away what older builds of ours left without a name. One that is
// being named just now by another process is spared by its age.
func prune(ctx context.Context, cli *client.Client) {
	_, _ = cli.ImagesPrune(ctx, filters.NewArgs(filters.Arg("dangling", "true"),
		filters.Arg("label", imageLabel), filters.Arg("until", "1h")))
}

// imageNames is the folders under images that hold a recipe.
func imageNames() []string {
	found, _ := fs.Glob(imageFiles, "images/*/Dockerfile")
	var names []string
	for _, f := range found {
		names = append(names, strings.Split(f, "/")[1])
	}
	return names
}
