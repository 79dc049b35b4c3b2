// Several Docker daemons may be configured. A run must use the one that the user's
// docker command would use.

package topologies

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
)

// settingLimit limits the size of a settings file: Docker's have a few kB.
const settingLimit = 1 << 20

// choice is a daemon, and the setting that chose it.
type choice struct {
	host string // in the form of DOCKER_HOST; "": the client's default
	by   string // for messages: `the Docker context "remote" of DOCKER_CONTEXT`
}

// chosen is the last choice, for messages: afterwards DOCKER_HOST contains it.
var chosen atomic.Pointer[choice]

// describe is a daemon's address, with the context that selected it.
func describe(host string) string {
	if c := chosen.Load(); c != nil && c.host == host && c.by != "" {
		return host + ", which is " + c.by
	}
	return host
}

// pointAtDaemon sets DOCKER_HOST, so that the Docker client, testcontainers and
// the watchdog, which inherits it, use the same daemon: without it, each of them
// searches differently.
func pointAtDaemon() error {
	// Testcontainers would run its reaper from an image that is not available
	// offline; the watchdog replaces it.
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	c, err := chooseDaemon()
	if err != nil {
		return err
	}
	if c.host != os.Getenv("DOCKER_HOST") {
		chosen.Store(&c)
		os.Setenv("DOCKER_HOST", c.host)
	}
	if c.host == "" || strings.HasPrefix(c.host, "unix://") {
		// If /.dockerenv exists on the host, testcontainers would dial the gateway.
		os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")
	}
	return otherDaemon(c.host)
}

// chooseDaemon is the daemon that the docker command would use: DOCKER_HOST,
// else the context of DOCKER_CONTEXT, else the current context of Docker's
// config.json, else the first existing socket. The order is that of the docker
// command: https://docs.docker.com/engine/manage-resources/contexts/
func chooseDaemon() (choice, error) {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return checkedHost(choice{host, "DOCKER_HOST"})
	}
	name, by := os.Getenv("DOCKER_CONTEXT"), "of DOCKER_CONTEXT"
	if name == "" {
		var err error
		if name, err = currentContext(); err != nil {
			return choice{}, err
		}
		by = "that is current"
	}
	if name == "" || name == "default" {
		for _, path := range sockets() {
			if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
				return choice{host: "unix://" + path}, nil
			}
		}
		return choice{}, nil
	}
	return readContext(name, fmt.Sprintf("the Docker context %q %s", name, by))
}

// checkedHost refuses a daemon with an unsupported protocol.
func checkedHost(c choice) (choice, error) {
	switch scheme, _, _ := strings.Cut(c.host, "://"); scheme {
	case "ssh":
		return c, unusable{why: c.by + " is " + c.host + ": ssh:// is not supported",
			fix: "run holdfast on that machine, or forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST, and DOCKER_HOST=unix:///tmp/docker.sock"}
	case "npipe":
		return c, unusable{why: c.by + " is " + c.host + ": npipe:// is not supported", fix: "run holdfast on Linux, on macOS, or in WSL"}
	}
	return c, nil
}

// dockerFolder is where the docker command keeps its settings.
func dockerFolder() (string, error) {
	if folder := os.Getenv("DOCKER_CONFIG"); folder != "" {
		return folder, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".docker"), err
}

// readSettings reads a JSON file. The error wraps fs.ErrNotExist if it does not exist.
func readSettings(path string, into any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, settingLimit+1))
	if err == nil && len(text) > settingLimit {
		err = fmt.Errorf("longer than %d bytes", settingLimit)
	}
	if err == nil {
		err = json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// currentContext is the context selected with `docker context use`; "" if there is
// none.
func currentContext() (string, error) {
	folder, err := dockerFolder()
	if err != nil {
		return "", nil // no home: no settings
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	err = readSettings(filepath.Join(folder, "config.json"), &config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", unusable{"the current Docker context is not known: " + err.Error(), "repair that file, or set DOCKER_HOST", err}
	}
	return config.CurrentContext, nil
}

// readContext finds the daemon of a context. Docker stores contexts in folders
// named after the SHA-256 of their names.
func readContext(name, by string) (choice, error) {
	use := "choose another with docker context use, or set DOCKER_HOST"
	folder, err := dockerFolder()
	if err != nil {
		return choice{}, unusable{by + " cannot be read: " + err.Error(), use, err}
	}
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	err = readSettings(filepath.Join(folder, "contexts", "meta", id, "meta.json"), &meta)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return choice{}, unusable{by + " does not exist in " + folder, "docker context ls shows which do; " + use, err}
	case err != nil:
		return choice{}, unusable{by + " cannot be used: " + err.Error(), "repair that file; " + use, err}
	}
	at := meta.Endpoints["docker"]
	if at.Host == "" {
		return choice{}, unusable{why: by + " names no Docker daemon", fix: use}
	}
	certificates := filepath.Join(folder, "contexts", "tls", id, "docker")
	if entries, _ := os.ReadDir(certificates); len(entries) > 0 || at.SkipTLSVerify {
		return choice{}, unusable{why: fmt.Sprintf("%s is %s over TLS: the certificates of a context are not supported", by, at.Host),
			fix: fmt.Sprintf("set DOCKER_HOST=%s DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=%s", at.Host, certificates)}
	}
	return checkedHost(choice{at.Host, by})
}

// otherHost is testcontainers' own setting of a daemon, which it prefers to
// DOCKER_HOST.
var otherHost = regexp.MustCompile(`(?m)^[ \t]*tc\.host[ \t]*[=: \t][ \t]*(\S+)`)

// otherDaemon refuses testcontainers' settings if they name a daemon other than
// host.
func otherDaemon(host string) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	path := filepath.Join(home, ".testcontainers.properties")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // testcontainers cannot read it either
	}
	if found := otherHost.FindSubmatch(text); found != nil && string(found[1]) != host {
		return unusable{why: fmt.Sprintf("%s says tc.host=%s, and the daemon to use is at %s: containers would be made on another daemon", path, found[1], host),
			fix: "remove that line, or set DOCKER_HOST to the same"}
	}
	return nil
}

// sockets are the default sockets of daemons: the system's, a rootless one's,
// Docker Desktop's.
func sockets() []string {
	paths := []string{"/var/run/docker.sock"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		paths = append(paths, filepath.Join(dir, "docker.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		paths = append(paths, filepath.Join(home, ".docker/run/docker.sock"), filepath.Join(home, ".docker/desktop/docker.sock"))
	}
	return paths
}
