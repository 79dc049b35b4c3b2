// The reference site runs inside containers, so it is built for Linux wherever
// holdfast itself runs.

package topologies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// sitePackage is the package of the site's program.
const sitePackage = "github.com/holdfast-lab/holdfast/cmd/site"

var siteOnce struct {
	sync.Mutex
	binary []byte
}

// siteBinary is the site's program for Linux: the one embedded by `make build`,
// otherwise one built now, from the current checkout or from the module at this
// program's version.
func siteBinary(ctx context.Context) ([]byte, error) {
	siteOnce.Lock()
	defer siteOnce.Unlock()
	if siteOnce.binary != nil {
		return siteOnce.binary, nil
	}
	b, err := imageFiles.ReadFile(embeddedSite())
	if err != nil {
		b, err = compileSite(ctx)
	}
	if err == nil {
		siteOnce.binary = b
	}
	return b, err
}

// site reports where the reference site comes from. If it is neither embedded nor
// can be built, no run can start.
func site() Finding {
	if _, err := imageFiles.ReadFile(embeddedSite()); err == nil {
		return Finding{Name: "site", OK: true, Text: "the reference site is built in"}
	}
	if _, err := exec.LookPath("go"); err == nil {
		return Finding{Name: "site", OK: true, Text: "the reference site is not built in: the go command builds it before the first run"}
	}
	return Finding{Name: "site", Text: "the reference site is not built in, and there is no go command that could build it", Fix: getSite}
}

// getSite says how to get a program with the embedded reference site.
const getSite = "use a release archive or build with `make build`, which have it inside, or install Go"

// embeddedSite is the file of the site among the embedded ones.
func embeddedSite() string { return "images/bin/site-linux-" + runtime.GOARCH }

// compileSite builds the site with the go command into the user's cache.
func compileSite(ctx context.Context) ([]byte, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, fmt.Errorf("find the site's program: %w: it is not embedded and there is no go command; to do: %s", ErrEnvironment, getSite)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = buildLogs()
	}
	folder := filepath.Join(cache, "holdfast")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("compile the site: %w: %w", ErrEnvironment, err)
	}
	to := filepath.Join(folder, fmt.Sprintf("site-linux-%s-%d", runtime.GOARCH, os.Getpid()))
	defer os.Remove(to)
	argv := []string{"build", "-trimpath", "-ldflags", "-s -w", "-o", to, sitePackage}
	if !inCheckout(ctx) {
		if to, argv, err = installArgs(folder); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, "go", argv...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if argv[0] == "install" { // go install refuses GOBIN when cross-compiling, so GOPATH sets the folder
		modules, _ := exec.CommandContext(ctx, "go", "env", "GOMODCACHE").Output()
		cmd.Env = append(cmd.Env, "GOPATH="+filepath.Join(folder, "go"), "GOBIN=", "GOMODCACHE="+string(bytes.TrimSpace(modules)))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the site: %w: go %s: %w\n%sto do: %s", ErrEnvironment, strings.Join(argv, " "), err, out, getSite)
	}
	return os.ReadFile(to)
}

// inCheckout reports whether the go command finds the site's source from the
// current directory.
func inCheckout(ctx context.Context) bool {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Module.Main}}", sitePackage).Output()
	return err == nil && string(bytes.TrimSpace(out)) == "true"
}

// installArgs returns the go command that installs the site of this program's
// version from the module, and the path of the result.
func installArgs(folder string) (to string, argv []string, err error) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "", nil, fmt.Errorf("find the site's program: %w: %w", ErrEnvironment,
			errors.New("this holdfast has no version and no site embedded; build it with `make build`"))
	}
	bin := filepath.Join(folder, "go", "bin")
	if runtime.GOOS != "linux" { // go install puts programs for another system into a separate folder
		bin = filepath.Join(bin, "linux_"+runtime.GOARCH)
	}
	argv = []string{"install", "-trimpath", "-ldflags", "-s -w", sitePackage + "@" + info.Main.Version}
	return filepath.Join(bin, "site"), argv, nil
}
