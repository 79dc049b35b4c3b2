package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/claims"
)

// whatIsWrong returns the error of parsing a text, or "".
func whatIsWrong(text string) string {
	if _, err := parse("a/b", "s.yaml", []byte(text)); err != nil {
		return err.Error()
	}
	return ""
}

// hostile are inputs for which the parser needs time in proportion to the
// square of their length, and some that it accepts quickly.
var hostile = map[string]func(n int) string{
	"brackets":           func(n int) string { return strings.Repeat("[", n) },
	"braces":             func(n int) string { return strings.Repeat("{a: ", n/4) },
	"closed brackets":    func(n int) string { return strings.Repeat("[", n/2) + strings.Repeat("]", n/2) },
	"brackets in a list": func(n int) string { return "a: " + strings.Repeat("[ #]\n", n/5) },
	"dashes":             func(n int) string { return strings.Repeat("- ", n/2) },
	"dashes in brackets": func(n int) string { return "[" + strings.Repeat("- ", n/2) },
	"question marks":     func(n int) string { return strings.Repeat("? [", n/3) },
	"anchors":            func(n int) string { return strings.Repeat("&a ", n/3) },
	"aliases":            func(n int) string { return "a: &a 1\nb: [" + strings.Repeat("*a,", n/3) + "]" },
	"tags":               func(n int) string { return strings.Repeat("!a ", n/3) },
	"merges":             func(n int) string { return "a: &a {b: 1}\nc:\n" + strings.Repeat("  <<: *a\n", n/9) },
	"a long key":         func(n int) string { return strings.Repeat("k", n/2) + ": [" + strings.Repeat("a,", n/4) + "]" },
	"many keys": func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "k%d: 1\n", i)
		}
		return b.String()
	},
	"many documents": func(n int) string { return strings.Repeat("---\na\n", n/6) },
	"many steps":     func(n int) string { return "steps:\n" + strings.Repeat("- {at: 1s, kil: x}\n", n/19) },
	"many mistakes":  func(n int) string { return "attack: {" + strings.Repeat("a, ", n/3) + "}" },
	"a long comment": func(n int) string { return "#" + strings.Repeat("x", n) },
	"a long word":    func(n int) string { return "topology: {name: " + strings.Repeat("x", n) + "}" },
	"a long fault":   func(n int) string { return "steps: [{at: 1s, " + strings.Repeat("k", n) + ": {}}]" },
	"a long number":  func(n int) string { return "attack: {seed: 1" + strings.Repeat("0", n) + "}" },
	"a huge number":  func(n int) string { return "attack: {seed: 1e" + strings.Repeat("9", n) + "}" },
	"deep lines": func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	},
	"many arms of many steps": func(n int) string {
		controls := min(n/300, maxList)
		return "topology: {name: replication}\nattack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 50%, write: 50%}}\nsteps: &s\n" +
			strings.Repeat("- {at: 1s, cut: {from: primry, to: [replca, wbe, ngnx]}}\n", maxList) + "claims: &c\n" +
			strings.Repeat("- recovers: {within: 1s, operation: wirte}\n", maxList) + "control:\n" +
			strings.Repeat("- {steps: *s, topology: {replicas: 3}, breaks: [recovrs]}\n", controls)
	},
	"control characters": func(n int) string { return strings.Repeat("\x1b", n) },
}

// TestHostileInputIsCheap: any input is rejected within 2 s of CPU time and 256
// MiB, at every length up to 1 MiB.
func TestHostileInputIsCheap(t *testing.T) {
	for name, make := range hostile {
		for _, n := range []int{1 << 12, 40_000, maxFile - 100, 1 << 20} {
			text := make(n)
			took, cost := expense(func() {
				if whatIsWrong(text) == "" {
					t.Errorf("%s, %d bytes: taken", name, n)
				}
			})
			t.Logf("%s, %d bytes: %v, %d MiB", name, n, took, cost>>20)
			if took > 2*time.Second || cost > 256<<20 {
				t.Errorf("%s, %d bytes: took %v and %d MiB, want at most 2s and 256 MiB", name, n, took, cost>>20)
			}
		}
	}
}

// expense returns how much CPU time a function uses and how much it allocates.
// Elapsed time would depend on the load of the machine.
func expense(do func()) (time.Duration, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := usedCPU()
	do()
	took := usedCPU() - began
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}

// usedCPU returns the CPU time of this process so far.
func usedCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// TestLimits checks the message beyond each limit, and that a file at the limit
// is accepted.
func TestLimits(t *testing.T) {
	story := func(s string) string { return strings.Replace(sound, "story: A test.", "story: "+s, 1) }
	pad := func(n int) string { return sound + "#" + strings.Repeat("x", n-len(sound)-1) }
	nested := func(n int) string { return "x: " + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "\n" }
	for _, c := range []struct{ name, text, want string }{
		{"as long as may be", pad(maxFile), ""},
		{"one byte longer", pad(maxFile + 1), "s.yaml: the file is longer than 256 KiB"},
		{"as deep as may be", nested(maxDepth), "a scenario has no \"x\""},
		{"one deeper", nested(maxDepth + 1), "s.yaml:1:35: nested deeper than 32"},
		{"dashes too deep", strings.Repeat("- ", maxDepth+1) + "a", "s.yaml:1:65: nested deeper than 32"},
		{"lines too deep", hostile["deep lines"](1 << 12), "s.yaml:33:33: nested deeper than 32"},
		{"keys and dashes too deep", "a:\n" + strings.Repeat("- ", maxDepth) + "a", "nested deeper than 32"},
		{"brackets in quotes are text", story(`"` + strings.Repeat("[", 100) + `"`), ""},
		{"brackets in a comment are text", sound + "# " + strings.Repeat("{", 100), ""},
		{"a key as long as may be", strings.Repeat("k", maxKey) + ": 1\n", "a scenario has no \"kkk"},
		{"a key longer", strings.Repeat("k", maxKey+1) + ": 1\n", "s.yaml:1:1: the key is longer than 128 bytes"},
		{"too many steps", "steps:\n" + strings.Repeat("- {at: 1s, kill: {name: a}}\n", maxList+1), "s.yaml:66:3: steps: more than 64"},
	} {
		if got := whatIsWrong(c.text); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %.300s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestMistakesAreBounded: neither a long line nor many mistakes cause a long
// message.
func TestMistakesAreBounded(t *testing.T) {
	got := whatIsWrong(sound + "x: {" + strings.Repeat("a, ", 3000) + "}\n")
	if len(got) > 2000 || !strings.Contains(got, "…") {
		t.Errorf("%d bytes on one mistake: %.300s", len(got), got)
	}
	got = whatIsWrong(sound + strings.Repeat("x", 100) + ": 1\n" + hostile["many keys"](1<<12))
	if len(got) > 100_000 || !strings.Contains(got, "s.yaml: and ") {
		t.Errorf("%d bytes on many mistakes, the last: %s", len(got), got[max(0, len(got)-200):])
	}
}

// TestFilesAsPeopleHaveThem: other text forms of one file are decoded as the
// same scenario.
func TestFilesAsPeopleHaveThem(t *testing.T) {
	want, err := parse("a/b", "s.yaml", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	json := `{"story":"A test.","topology":{"name":"replication","replicas":2},"attack":{"rate":"200/s","for":"60s","timeout":"2s","mix":{"read":"70%","write":"30%"}},` +
		`"steps":[{"at":"15s","kill":{"role":"primary"},"for":"30s"}],"steady":[{"responds":{"share":"99%"}}],"claims":[{"recovers":{"operation":"write","within":"20s"}}],` +
		`"control":[{"topology":{"failover":"none"},"breaks":["recovers"]}]}`
	merge := strings.NewReplacer("attack: {rate: 200/s, for: 60s,", "attack:\n  <<: &base {rate: 200/s, for: 45s}\n  for: 60s\n  timeout: 2s\n  mix: {read: 70%, write: 30%}\n#").Replace(sound)
	for _, c := range []struct{ name, text string }{
		{"a byte order mark", "\ufeff" + sound},
		{"lines that end in CR LF", strings.ReplaceAll(sound, "\n", "\r\n")},
		{"lines that end in CR", strings.ReplaceAll(sound, "\n", "\r")},
		{"a YAML directive", "%YAML 1.2\n---\n" + sound},
		{"a header", "--- # ours\n" + sound},
		{"an end", sound + "...\n# that was it\n"},
		{"JSON", json},
		{"a merge", merge},
		{"an anchor at the root", "&all\n" + sound},
		{"a map by alias", strings.Replace(sound, "{role: primary}", "&who {role: primary}", 1)},
		{"a value by alias", strings.NewReplacer("rate: 200/s", "rate: &r 200/s", "for: 60s", "for: &f 60s").Replace(sound)},
	} {
		s, err := parse("a/b", "s.yaml", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !reflect.DeepEqual(s.Attack, want.Attack) || !reflect.DeepEqual(s.Topology, want.Topology) || s.Story != want.Story ||
			len(s.Steps) != 1 || s.Steps[0].String() != want.Steps[0].String() || s.Claims[0].Claim.String() != want.Claims[0].Claim.String() || len(s.Control) != 1 {
			t.Errorf("%s: read %+v\nwant %+v", c.name, s, want)
		}
	}
}

// TestAliases: the value of an alias is decoded where it is used, own keys take
// precedence over merged ones and earlier merges over later ones, and a mistake
// has the place of the text.
func TestAliases(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an alias before its anchor", strings.Replace(sound, "for: 60s", "for: *later", 1), "s.yaml:3:28: *later is undefined: no &later comes before it"},
		{"an anchor within itself", strings.Replace(sound, "{name: replication, replicas: 2}", "&t {name: replication, replicas: *t}", 1), "*t is undefined"},
		{"a mistake behind an alias", strings.NewReplacer("{role: primary}", "&who {rolle: primary}").Replace(sound), `s.yaml:5:27: kill has no setting "rolle"`},
		{"a merge of no map", strings.Replace(sound, "{name: replication,", "{<<: 5, name: replication,", 1), "<<: must be an alias of a map"},
		{"a tag", strings.Replace(sound, "replicas: 2", "replicas: !!int 2", 1), "s.yaml:2:41: the tag !!int is not allowed: leave it out"},
		{"aliases of aliases", bomb(9), "with its aliases expanded, the file has more than 20000 values"},
		{"deep aliases", "a: &a0 [x]\n" + chain(40), "nested deeper than 32"},
	} {
		if got := whatIsWrong(c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %.400s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestMergesInOrder: own keys take precedence over merged ones, wherever they
// are, and earlier merges over later ones.
func TestMergesInOrder(t *testing.T) {
	text := strings.NewReplacer("story: A test.\n", "", "attack: {rate: 200/s, for: 60s, timeout: 2s, mix: {read: 70%, write: 30%}}\n", "").Replace(sound)
	text = strings.Replace(text, "recovers: {operation: write, within: 20s}", "recovers: &one {operation: write, within: 20s}\n  - recovers: &two {operation: read, within: 21s}\n  - recovers: {<<: [*one, *two], within: 22s}", 1)
	s, err := parse("a/b", "s.yaml", []byte("attack:\n  mix: &mix {read: 70%, write: 30%}\n  rate: 200/s\n  timeout: 2s\n  for: 60s\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Claims[2].Claim.(*claims.Recovers); got.Operation != "write" || got.Within != 22*time.Second {
		t.Errorf("merged %+v", got)
	}
}

// bomb is a file whose aliases expand to ten to the power of n words.
func bomb(n int) string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < n; i++ {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return text
}

// chain is a list in a list in a list, by aliases.
func chain(n int) (text string) {
	for i := 1; i < n; i++ {
		text += fmt.Sprintf("b%d: &a%d [*a%d]\n", i, i, i-1)
	}
	return text
}

// TestTextThatCannotBe checks the reason and the place.
func TestTextThatCannotBe(t *testing.T) {
	at := func(old, new string) string { return strings.Replace(sound, old, new, 1) }
	for _, c := range []struct{ name, text, want string }{
		{"NUL", at("A test.", "A \x00test."), "s.yaml:1:10: the invisible character U+0000"},
		{"an escape character", at("A test.", "A \x1b[31mtest."), "s.yaml:1:10: the invisible character U+001B"},
		{"an escape character by its name", at("A test.", `"A \e[31mtest."`), "s.yaml:1:8: the invisible character U+001B"},
		{"NUL by its name", at("role: primary", `role: "pri\0mary"`), "s.yaml:5:28: the invisible character U+0000"},
		{"text that turns around", at("A test.", "A \u202etest."), "s.yaml:1:10: the invisible character U+202E"},
		{"DEL in a key", at("replicas:", "repl\x7ficas:"), "s.yaml:2:35: the invisible character U+007F"},
		{"invalid UTF-8", at("A test.", "Prüfung \xff"), "s.yaml:1:16: invalid UTF-8: save the file as UTF-8"},
		{"Latin-1", at("A test.", "Pr\xfcfung"), "s.yaml:1:10: invalid UTF-8"},
		{"UTF-16", "\xff\xfes\x00t\x00", "s.yaml: the file is UTF-16: save it as UTF-8"},
		{"a tab", at("  - {at", "\t- {at"), "this line is indented with a tab, but YAML allows only spaces"},
		{"a tab in a map", "topology:\n\tname: replication\n", "s.yaml:2:1: this line is indented with a tab"},
		{"a tab at the start", "\tstory: x\n", "this line is indented with a tab"},
		{"two documents", sound + "---\n" + sound, "s.yaml:13:1: a second YAML document begins here"},
		{"two documents with an end between", sound + "...\n" + sound, "s.yaml:14:1: a second YAML document begins here"},
		{"an empty document first", "---\n---\n" + sound, "s.yaml:2:1: a second YAML document begins here"},
		{"nothing but comments", "# story\n\n", "s.yaml: the file is empty"},
		{"not a number", at("{share: 99%}", "{share: 99%, least: .nan}"), "least: .nan: write a whole number"},
		{"no number of a rate", at("200/s", "NaN/s"), "NaN/s: write a rate"},
		{"an infinite rate", at("200/s", ".inf"), "s.yaml:3:16: rate"},
		{"an infinite core", at("kill: {role: primary}", "throttle: {role: primary, cpu: .inf}"), "s.yaml:5:46: cpu: .inf: write a number"},
		{"no number of cores", at("kill: {role: primary}", "throttle: {role: primary, cpu: .nan}"), "s.yaml:5:46: cpu: .nan: write a number"},
		{"a tiny number of cores", at("kill: {role: primary}", "throttle: {role: primary, cpu: 1e-300}"), "s.yaml:5:46: throttle: cpu 1e-300"},
		{"a number beyond all", at("200/s", "1e999/s"), "s.yaml:3:16: rate"},
		{"an infinite topology", at("replicas: 2", "replicas: .inf"), "s.yaml:2:31: "},
		{"a question mark", at("story: A test.", "? story\n: A test."), "s.yaml:1:1: write key: value"},
	} {
		got := whatIsWrong(c.text)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s\nwant %s", c.name, got, c.want)
		}
		for _, r := range got {
			if r != '\n' && (r < ' ' || r == 0x7f || r == 0x202e) {
				t.Errorf("%s: %q goes to the terminal", c.name, got)
				break
			}
		}
	}
}

// TestLoadFiles: a file is decoded whatever its name, and from standard input.
func TestLoadFiles(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a.yaml", "a.yml", "a.YML", "A.YAML", "a.json", "plain", "a.b.c"} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(sound), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Story != "A test." || s.ownFile() != path {
			t.Errorf("%s: %q from %q", name, s.Story, s.ownFile())
		}
	}
	if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "this is a folder, not a scenario") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "longer than 256 KiB") {
		t.Errorf("a file without end: %v", err)
	}
}

func TestLoadStandardInput(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = stdin })
	if _, err := w.WriteString(strings.Replace(sound, "kill", "kil", 1)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := Load("-"); err == nil || !strings.HasPrefix(err.Error(), `standard input:5:15: no fault "kil"`) {
		t.Errorf("got %v", err)
	}
}
