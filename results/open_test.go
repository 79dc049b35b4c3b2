package results

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// unpacked is the text of a compressed file.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := z.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// packed writes a text into a compressed file.
func packed(t *testing.T, path string, text []byte) {
	t.Helper()
	var b bytes.Buffer
	err := compressed(func(w io.Writer) error { _, err := w.Write(text); return err })(&b)
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// vouched makes run.json hold the digests of the files as they are now, as one
// who edits a record on purpose would.
func vouched(t *testing.T, dir string) {
	t.Helper()
	files, err := digests(dir)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, dir, func(run map[string]any) { run["files"] = files })
}

// edit changes a run.json.
func edit(t *testing.T, dir string, change func(run map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, runFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var run map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&run); err != nil {
		t.Fatal(err)
	}
	change(run)
	if b, err = json.Marshal(run); err == nil {
		err = os.WriteFile(path, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenRefusesAForeignFile: each file beside run.json is the one that the run
// was saved with.
func TestOpenRefusesAForeignFile(t *testing.T) {
	other, r := saved(t)
	r.ID, r.Final = "r2", &Audit{Stores: []Store{{Node: "pg-2"}}}
	r.Requests[0].Value = "r2-0"
	if err := saveAll(other, r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{historyFile, auditFile, logFile, "read-all-response.hgrm"} {
		dir, _ := saved(t)
		b, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		if own, err := os.ReadFile(filepath.Join(dir, name)); err != nil || bytes.Equal(own, b) {
			b = append(b, '\n') // of latencies that are the same
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), name+" is not the file of this run") {
			t.Errorf("%s of another run: %v", name, err)
		}
	}
}

// TestOpenRefusesAnEditedHistory: what no run can have recorded is refused, even
// where run.json vouches for it.
func TestOpenRefusesAnEditedHistory(t *testing.T) {
	for _, c := range []struct {
		name, want string
		edit       func(lines []string) []string
	}{
		{"reordered", "request 1 is in the place of request 0", func(ls []string) []string { ls[0], ls[1] = ls[1], ls[0]; return ls }},
		{"one left out", "request 6 is in the place of request 5", func(ls []string) []string { return slices.Delete(ls, 5, 6) }},
		{"one doubled", "request 5 is in the place of request 6", func(ls []string) []string { return slices.Insert(ls, 5, ls[5]) }},
		{"done before it was sent", "out of order", func(ls []string) []string { ls[3] = strings.Replace(ls[3], `"Done":`, `"Done":-`, 1); return ls }},
		{"sent though unsent", "never sent", func(ls []string) []string { ls[9] = strings.Replace(ls[9], `"Fate":1`, `"Fate":0`, 1); return ls }},
		{"an unknown fate", "7 is not a fate", func(ls []string) []string { ls[9] = strings.Replace(ls[9], `"Fate":1`, `"Fate":7`, 1); return ls }},
		{"in the next century", "may take", func(ls []string) []string {
			ls[9] = strings.Replace(ls[9], `"Done":`, `"Done":9000000`, 1)
			return ls
		}},
		{"a field more", "out of place", func(ls []string) []string {
			ls[9] = strings.Replace(ls[9], `"Status"`, `"Note":1,"Status"`, 1)
			return ls
		}},
		{"a number with a sign", "not a whole number", func(ls []string) []string { ls[9] = strings.Replace(ls[9], `"Client":`, `"Client":+`, 1); return ls }},
		{"a number with a zero before it", "as Holdfast writes it", func(ls []string) []string { ls[9] = strings.Replace(ls[9], `"Client":`, `"Client":0`, 1); return ls }},
		{"something after a request", "as Holdfast writes it", func(ls []string) []string { ls[9] += " "; return ls }},
		{"the end of a line torn off", "in the middle of a line", func(ls []string) []string { return append(ls[:len(ls)-1], `{"Seq":`) }},
	} {
		dir, _ := saved(t)
		path := filepath.Join(dir, historyFile)
		ls := c.edit(strings.Split(string(unpacked(t, path)), "\n"))
		packed(t, path, []byte(strings.Join(ls, "\n")))
		vouched(t, dir)
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}

// TestOpenRefusesAnEditedAudit: as of the history.
func TestOpenRefusesAnEditedAudit(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"}\n", "}\n{}\n", "data follows the end of the audit"},
		{`"node":"pg-1"`, `"node":"pg-1","node":"pg-2"`, "appears twice"},
		{`["r1-1","r1-1"]`, `["r1-1",1]`, "expected a string"},
		{`["r1-1","r1-1"]`, `"r1-1"`, "expected ["},
		{`"at":0`, `"at":-1`, "takes at most"},
		{`"at":0`, `"at":"now"`, "cannot unmarshal"},
	} {
		dir, _ := saved(t)
		path := filepath.Join(dir, auditFile)
		text := unpacked(t, path)
		edited := bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(text, edited) {
			t.Fatalf("%q is not in %s", c.old, text)
		}
		packed(t, path, edited)
		vouched(t, dir)
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.new, err, c.want)
		}
	}
}

// TestOpenRefusesAnEditedRun: run.json says only what can be.
func TestOpenRefusesAnEditedRun(t *testing.T) {
	fault := func(f map[string]any) func(map[string]any) {
		return func(r map[string]any) { r["faults"] = []any{f} }
	}
	for _, c := range []struct {
		name, want string
		edit       func(map[string]any)
	}{
		{"a fault before the run", "a run begins at 0s", fault(map[string]any{"name": "kill", "asked": -1})},
		{"a fault after two days", "takes at most 48h", fault(map[string]any{"name": "kill", "asked": 1, "ended": 50 * time.Hour})},
		{"an effect before its request", "before it was requested", fault(map[string]any{"name": "kill", "asked": 2, "effect": 1})},
		{"an end before its request", "before it was requested", fault(map[string]any{"name": "kill", "asked": 2, "ended": 1})},
		{"a timeout of years", "takes at most 48h", func(r map[string]any) { r["load"].(map[string]any)["timeout"] = int64(1e18) }},
		{"requests without number", "at most 2000000", func(r map[string]any) { r["load"].(map[string]any)["planned"] = int64(1e18) }},
		{"a digest of a file elsewhere", "not a file beside it", func(r map[string]any) {
			r["files"].(map[string]any)["../run.json"] = File{SHA256: strings.Repeat("0", 64)}
		}},
		{"a digest that is none", "holds no digest of " + auditFile, func(r map[string]any) { r["files"].(map[string]any)[auditFile] = File{SHA256: "0"} }},
		{"no digest of the history", "holds no digest of " + historyFile, func(r map[string]any) { delete(r["files"].(map[string]any), historyFile) }},
		{"no digest of the audit", "holds no digest of " + auditFile, func(r map[string]any) { delete(r["files"].(map[string]any), auditFile) }},
	} {
		dir, _ := saved(t)
		edit(t, dir, c.edit)
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
	dir, _ := saved(t)
	path := filepath.Join(dir, runFile)
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(b, "{}"...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "after top-level value") {
		t.Errorf("something after run.json's value: %v", err)
	}
}

// TestOpenDoubtsARecordWithoutDigests: those of older versions can be read, and
// prove nothing.
func TestOpenDoubtsARecordWithoutDigests(t *testing.T) {
	dir, r := saved(t)
	r.Finished = true
	if err := SaveRun(dir, r); err != nil {
		t.Fatal(err)
	}
	if back, err := Open(dir); err != nil || back.Doubt != "" {
		t.Errorf("with digests: %v, doubt %q", err, back.Doubt)
	}
	edit(t, dir, func(run map[string]any) { delete(run, "files") })
	back, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Requests) != len(r.Requests) || !strings.Contains(back.Doubt, "no digests") {
		t.Errorf("%d requests, doubt %q", len(back.Requests), back.Doubt)
	}
}

// TestOpenNeedsNoDerivedFiles: latencies can be drawn from the history again.
func TestOpenNeedsNoDerivedFiles(t *testing.T) {
	dir, _ := saved(t)
	if err := os.Remove(filepath.Join(dir, logFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err != nil {
		t.Error(err)
	}
}

// TestOpenReadsRegularFilesOnly: a pipe would keep it waiting, and a device has no end.
func TestOpenReadsRegularFilesOnly(t *testing.T) {
	for _, name := range []string{runFile, historyFile, auditFile} {
		dir, _ := saved(t)
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/zero", path); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
