// Docker's output of a build is read step by step. When a step fails, the error
// contains that step and its last lines, and names the file with the whole output.

package topologies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// debian is the base image if a registry can be reached, and suite is the release
// that is bootstrapped otherwise.
const (
	debian = "debian:bookworm-slim"
	suite  = "bookworm"
	// bootstrapped is the name of the bootstrapped image in Docker.
	bootstrapped = "holdfast/debian:" + suite
	// lastWords is how many lines of a failed step are shown.
	lastWords = 12
)

// make builds the image and reports each step.
func (r recipe) make(ctx context.Context, cli *client.Client, report func(Progress)) error {
	began := time.Now()
	say := func(state, text string) {
		report(Progress{Stage: StageImage, Name: r.name, State: state, Text: text, Took: time.Since(began)})
	}
	say("begun", "")
	err := r.build(ctx, cli, func(text string) { say("waiting", text) })
	if err != nil {
		say("failed", err.Error())
		return fmt.Errorf("image %s: %w: %w", r.name, ErrEnvironment, err)
	}
	say("ready", r.tag)
	return nil
}

// build sends the context to Docker's builder and reads its output.
func (r recipe) build(ctx context.Context, cli *client.Client, step func(string)) error {
	from := r.parentTag
	if r.parent == "" {
		var err error
		if from, err = debianBase(ctx, cli, step); err != nil {
			return err
		}
	}
	files, err := r.context()
	if err != nil {
		return err
	}
	out, err := cli.ImageBuild(ctx, files, build.ImageBuildOptions{
		Tags: []string{r.tag}, BuildArgs: map[string]*string{"BASE": &from}, Remove: true, ForceRemove: true, Version: build.BuilderV1,
	})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	return follow(out.Body, filepath.Join(buildLogs(), "build-"+r.name+".log"), step)
}

// follow reads all messages of a builder, writes them to the log file, and reports
// each step when it begins.
func follow(from io.Reader, log string, step func(string)) error {
	file, err := os.Create(log)
	if err != nil {
		return err
	}
	defer file.Close()
	var at string
	var words []string
	messages := json.NewDecoder(from)
	for {
		var m struct{ Stream, Status, Error string }
		if err := messages.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("follow the build: %w", err)
		}
		_, _ = io.WriteString(file, m.Stream+m.Error)
		if m.Error != "" {
			return fmt.Errorf("%s\n%s\n%s\nall of it: %s", m.Error, at, strings.Join(words, "\n"), log)
		}
		for line := range strings.Lines(m.Stream) {
			line = strings.TrimRight(line, "\r\n")
			switch {
			case strings.HasPrefix(line, "Step "):
				at, words = line, nil
				step(line)
			case strings.TrimSpace(line) != "":
				words = append(words, "  "+line)
				words = words[max(0, len(words)-lastWords):]
			}
		}
	}
}

// debianBase returns the name of a Debian image: an existing one, else a pulled
// one, else one bootstrapped from Debian's packages.
func debianBase(ctx context.Context, cli *client.Client, step func(string)) (string, error) {
	for _, name := range []string{debian, bootstrapped} {
		if _, err := cli.ImageInspect(ctx, name); err == nil {
			return name, nil
		}
	}
	step("pulling " + debian)
	pullErr := pull(ctx, cli)
	if pullErr == nil {
		return debian, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		return "", fmt.Errorf("no base image: pull %s: %w; nor can it be bootstrapped without mmdebstrap (apt-get install mmdebstrap)", debian, pullErr)
	}
	step("no registry: bootstrapping Debian " + suite + " with mmdebstrap, about 20 s")
	if err := bootstrap(ctx, cli); err != nil {
		return "", fmt.Errorf("no base image: pull %s: %w; bootstrap it: %w", debian, pullErr, err)
	}
	return bootstrapped, nil
}

// pull fetches Debian from the registry.
func pull(ctx context.Context, cli *client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := cli.ImagePull(ctx, debian, image.PullOptions{})
	if err != nil {
		return err
	}
	defer out.Close()
	return follow(out, filepath.Join(buildLogs(), "pull.log"), func(string) {})
}

// bootstrap streams a minimal Debian from its package mirror into Docker.
func bootstrap(ctx context.Context, cli *client.Client) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var words bytes.Buffer
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--variant=minbase", "--quiet",
		"--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*", "--format=tar", suite, "-") // no mirror given: the default, which includes security updates
	cmd.Stderr = &words
	system, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	out, importErr := cli.ImageImport(ctx, image.ImportSource{Source: system, SourceName: "-"}, bootstrapped,
		image.ImportOptions{Changes: []string{"LABEL " + imageLabel + "=debian"}})
	if importErr == nil {
		importErr = follow(out, filepath.Join(buildLogs(), "import.log"), func(string) {})
		_ = out.Close()
	}
	if importErr != nil {
		cancel()
	}
	if err := cmd.Wait(); err != nil && importErr == nil {
		// The imported system is incomplete and must not be used.
		_, _ = cli.ImageRemove(context.WithoutCancel(ctx), bootstrapped, image.RemoveOptions{})
		return fmt.Errorf("mmdebstrap: %w: %s", err, strings.TrimSpace(words.String()))
	}
	return importErr
}

// buildLogs is this user's temporary folder for build logs.
func buildLogs() string {
	dir := filepath.Dir(lockPath(""))
	if makeLockFolder(dir) == nil {
		return dir
	}
	dir, _ = os.MkdirTemp("", lockFolder)
	return dir
}
