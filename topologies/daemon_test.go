package topologies

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dockerHome is a home without any setting, in which no daemon is chosen yet.
func dockerHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for key, value := range map[string]string{"HOME": home, "XDG_RUNTIME_DIR": home, "DOCKER_CONFIG": "", "DOCKER_HOST": "", "DOCKER_CONTEXT": ""} {
		t.Setenv(key, value)
	}
	return home
}

// put writes a file and the folders that it needs.
func put(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// contextFile is a file of a context, as `docker context create` lays it out.
func contextFile(docker, kind, name, file string) string {
	return filepath.Join(docker, "contexts", kind, fmt.Sprintf("%x", sha256.Sum256([]byte(name))), file)
}

// putContext makes a context that is at a daemon.
func putContext(t *testing.T, docker, name, host string) {
	t.Helper()
	put(t, contextFile(docker, "meta", name, "meta.json"),
		fmt.Sprintf(`{"Name":%q,"Metadata":{},"Endpoints":{"docker":{"Host":%q,"SkipTLSVerify":false}}}`, name, host))
}

func TestChooseDaemon(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, docker string)
		host string
		why  string // part of the reason to refuse; "" where it is chosen
		fix  string
	}{
		{"DOCKER_HOST", func(t *testing.T, _ string) { t.Setenv("DOCKER_HOST", "unix:///a") }, "unix:///a", "", ""},
		{"DOCKER_HOST wins over DOCKER_CONTEXT", func(t *testing.T, _ string) {
			t.Setenv("DOCKER_HOST", "unix:///a")
			t.Setenv("DOCKER_CONTEXT", "gone")
		}, "unix:///a", "", ""},
		{"DOCKER_CONTEXT", func(t *testing.T, docker string) {
			putContext(t, docker, "b", "unix:///b")
			t.Setenv("DOCKER_CONTEXT", "b")
		}, "unix:///b", "", ""},
		{"the current context", func(t *testing.T, docker string) {
			putContext(t, docker, "c", "tcp://127.0.0.1:1")
			put(t, filepath.Join(docker, "config.json"), `{"auths": {}, "currentContext": "c"}`)
		}, "tcp://127.0.0.1:1", "", ""},
		{"DOCKER_CONTEXT wins over the current context", func(t *testing.T, docker string) {
			putContext(t, docker, "b", "unix:///b")
			put(t, filepath.Join(docker, "config.json"), `{"currentContext": "gone"}`)
			t.Setenv("DOCKER_CONTEXT", "b")
		}, "unix:///b", "", ""},
		{"DOCKER_CONFIG", func(t *testing.T, docker string) {
			elsewhere := t.TempDir()
			putContext(t, elsewhere, "d", "unix:///d")
			put(t, filepath.Join(elsewhere, "config.json"), `{"currentContext": "d"}`)
			put(t, filepath.Join(docker, "config.json"), `{"currentContext": "gone"}`)
			t.Setenv("DOCKER_CONFIG", elsewhere)
		}, "unix:///d", "", ""},
		{"a context that is not there", func(t *testing.T, _ string) { t.Setenv("DOCKER_CONTEXT", "gone") }, "",
			`the Docker context "gone" of DOCKER_CONTEXT does not exist`, "docker context ls"},
		{"a current context that is not there", func(t *testing.T, docker string) {
			put(t, filepath.Join(docker, "config.json"), `{"currentContext": "../../gone"}`)
		}, "", `the Docker context "../../gone" that is current does not exist`, "docker context use"},
		{"a context over ssh", func(t *testing.T, docker string) {
			putContext(t, docker, "e", "ssh://me@host")
			t.Setenv("DOCKER_CONTEXT", "e")
		}, "", `the Docker context "e" of DOCKER_CONTEXT is ssh://me@host: ssh:// is not supported`, "forward its socket"},
		{"a context with certificates", func(t *testing.T, docker string) {
			putContext(t, docker, "f", "tcp://host:2376")
			put(t, contextFile(docker, "tls", "f", "docker/ca.pem"), "")
			t.Setenv("DOCKER_CONTEXT", "f")
		}, "", "is tcp://host:2376 over TLS", "DOCKER_HOST=tcp://host:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="},
		{"a context without a daemon", func(t *testing.T, docker string) {
			put(t, contextFile(docker, "meta", "g", "meta.json"), `{"Name":"g","Endpoints":{"kubernetes":{"Host":"tcp://k"}}}`)
			t.Setenv("DOCKER_CONTEXT", "g")
		}, "", "names no Docker daemon", "DOCKER_HOST"},
		{"a context that cannot be read", func(t *testing.T, docker string) {
			put(t, contextFile(docker, "meta", "h", "meta.json"), `{"Name":`)
			t.Setenv("DOCKER_CONTEXT", "h")
		}, "", "meta.json: unexpected end of JSON input", "repair that file"},
		{"settings that cannot be read", func(t *testing.T, docker string) { put(t, filepath.Join(docker, "config.json"), "{]") }, "",
			"the current Docker context is not known: read ", "repair that file"},
		{"settings of 2 MiB", func(t *testing.T, docker string) {
			put(t, filepath.Join(docker, "config.json"), strings.Repeat("[", 2<<20))
		}, "", "longer than 1048576 bytes", "DOCKER_HOST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.make(t, filepath.Join(dockerHome(t), ".docker"))
			got, err := chooseDaemon()
			var u unusable
			switch {
			case c.why == "" && (err != nil || got.host != c.host):
				t.Errorf("%+v, %v; want %s", got, err, c.host)
			case c.why != "" && (!errors.As(err, &u) || !errors.Is(err, ErrEnvironment) || !strings.Contains(u.why, c.why) || !strings.Contains(u.fix, c.fix)):
				t.Errorf("%v; want %q and %q", err, c.why, c.fix)
			}
		})
	}
}

// TestDefaultContext leaves the choice to the sockets: "default" is no folder.
func TestDefaultContext(t *testing.T) {
	for _, name := range []string{"", "default"} {
		dockerHome(t)
		t.Setenv("DOCKER_CONTEXT", name)
		if c, err := chooseDaemon(); err != nil || c.by != "" {
			t.Errorf("context %q: %+v, %v", name, c, err)
		}
	}
}

// TestEverybodyUsesTheContext asks doctor for the daemon of a context, and looks
// whether the processes and libraries that inherit our environment find it.
func TestEverybodyUsesTheContext(t *testing.T) {
	home := dockerHome(t)
	socket := filepath.Join(home, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		if strings.HasSuffix(r.URL.Path, "/info") {
			io.WriteString(w, `{"ServerVersion": "27.0"}`)
		}
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	putContext(t, filepath.Join(home, ".docker"), "mine", "unix://"+socket)
	t.Setenv("DOCKER_CONTEXT", "mine")
	d, _, found := daemon(t.Context())
	if d == nil {
		t.Fatalf("%+v", found)
	}
	defer d.Close()
	want := `at unix://` + socket + `, which is the Docker context "mine" of DOCKER_CONTEXT`
	if !found.OK || !strings.Contains(found.Text, want) {
		t.Errorf("doctor says %+v, want %q", found, want)
	}
	if host := os.Getenv("DOCKER_HOST"); host != "unix://"+socket {
		t.Errorf("who inherits the environment uses %q", host)
	}
	server.Close()
	if _, err := connect(t.Context()); err == nil || !strings.Contains(err.Error(), `the Docker context "mine"`) {
		t.Errorf("a daemon that went away: %v", err)
	}
}

// TestSettingsOfTestcontainers refuses a daemon of its own, which it prefers to
// DOCKER_HOST.
func TestSettingsOfTestcontainers(t *testing.T) {
	for text, other := range map[string]bool{
		"tc.host=tcp://elsewhere:1\n":                  true,
		"ryuk.disabled=true\n tc.host : unix:///other": true,
		"tc.host unix:///other":                        true,
		"# tc.host=unix:///other\nxtc.host=a":          false,
		"tc.host = unix:///a\n":                        false,
	} {
		home := dockerHome(t)
		t.Setenv("DOCKER_HOST", "unix:///a")
		put(t, filepath.Join(home, ".testcontainers.properties"), text)
		err := pointAtDaemon()
		if (err != nil) != other || other && !strings.Contains(err.Error(), "on another daemon; to do: remove that line") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
