package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-lab/holdfast/results"
)

// recordDocument is the path of the track record, from the root.
const recordDocument = "docs/TRACK-RECORD.md"

// recordPlay is one run of an entry, or of a healthy scenario.
type recordPlay struct {
	Entry   string          `json:"entry"` // "healthy: replication/primary-kill" for a scenario of the catalogue
	N       int             `json:"n"`     // from 1
	Outcome results.Outcome `json:"outcome"`
	Said    string          `json:"said"` // what was measured, and the reason
	Right   bool            `json:"right"`
	Seconds float64         `json:"seconds"`
	Folder  string          `json:"folder,omitempty"`
	Commit  string          `json:"-"` // at which it was made: the name of its folder
}

// measured is when and where the runs were made.
type measured struct{ Date, Machine string }

// healthy is the prefix of the name of a run of the catalogue.
const healthy = "healthy: "

// rightly reports whether a verdict on the entry's claim is the expected one.
func (e entry) rightly(v results.Verdict) bool {
	return v.Outcome == e.right && regexp.MustCompile(e.says).MatchString(telling(v))
}

// telling returns the measured figure of a verdict, and the reason if there is
// no figure or it is in doubt.
func telling(v results.Verdict) string {
	if v.Outcome == results.Unproven || v.Measured == "" {
		return v.Why
	}
	return v.Measured
}

// of returns the runs of one entry.
func playsOf(name string, plays []recordPlay) (own []recordPlay, right int) {
	for _, p := range plays {
		if p.Entry == name {
			own = append(own, p)
			if p.Right {
				right++
			}
		}
	}
	return own, right
}

// counts reports whether the run still counts after changes to these files. It
// also decides again, by the present entry, whether the run was right.
func (p *recordPlay) counts(entries []entry, changed []string) bool {
	file := ""
	if i := slices.IndexFunc(entries, func(e entry) bool { return e.name == p.Entry }); i >= 0 {
		file = entries[i].file
		p.Right = entries[i].rightly(results.Verdict{Outcome: p.Outcome, Measured: p.Said, Why: p.Said})
	} else if !strings.HasPrefix(p.Entry, healthy) {
		return false
	}
	return !slices.ContainsFunc(changed, func(path string) bool { return matters(path, file) })
}

// matters reports whether a change of this file can affect a run: documents
// cannot, tests cannot except the one with the twists, and files of other
// entries cannot (own is "" for a scenario of the catalogue).
func matters(path, own string) bool {
	switch {
	case strings.HasPrefix(path, "scenarios/"+recordFolder+"/"):
		return own != "" && path == "scenarios/"+recordFolder+"/"+own+".yaml"
	case path == "scenarios/record_twist_test.go":
		return own != ""
	}
	return !strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, "_test.go")
}

// commits lists the commits of the runs: first that of most runs, then each
// other one with its runs.
func commits(plays []recordPlay) string {
	names := map[string][]string{}
	count := map[string]int{}
	for _, p := range plays {
		count[p.Commit]++
		if name := "`" + p.Entry + "`"; !slices.Contains(names[p.Commit], name) {
			names[p.Commit] = append(names[p.Commit], name)
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	for i, c := range all[min(1, len(all)):] {
		all[i+1] = fmt.Sprintf("%s (%s)", c, strings.Join(names[c], ", "))
	}
	return strings.Join(all, " and ")
}

// document returns the track record as Markdown.
func document(entries []entry, plays []recordPlay, m measured) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Track record

How often Holdfast misses a planted defect, and how often it raises a false alarm. Measured on %s at commit %s by `+"`make record`"+`
on %s. Each entry is a file in `+"`scenarios/record/`"+`, to be played with `+"`holdfast run ./scenarios/record/drop-10.yaml`"+`;
what no file can say (a fault that does nothing, a checker that panics) is planted by `+"`scenarios/record_twist_test.go`"+`.
A play counts until something is changed that it depends on: anything but documents, comments, tests and the files of other entries.

An entry is right only if the claim meant for it came out as it should and said so: where exactly k writes were spoiled, the figure
has to be k. A broken tool proves nothing, so the right verdict on it is unproven.
`, m.Date, commits(plays), m.Machine)
	for _, part := range []struct {
		title string
		of    func(entry) bool
	}{
		{"Known-bad systems", func(e entry) bool { return e.right == results.Broken }},
		{"Broken tools, and too little to tell", func(e entry) bool { return e.right == results.Unproven }},
		{"Inverted controls: nothing is wrong", entry.inverted},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| entry | what it is | claim | right | came out | |\n|---|---|---|---|---|---|\n", part.title)
		for _, e := range entries {
			if part.of(e) {
				b.WriteString(e.row(plays))
			}
		}
	}
	b.WriteString("\n## Healthy scenarios\n\nThe catalogue's own scenarios, each as it is in its treatment.\n\n| scenario | as expected |\n|---|---|\n")
	b.WriteString(healthyRows(plays))
	fmt.Fprintf(&b, "\n## Missed defects and false alarms\n\n%s\n", shortfalls(entries, plays))
	return b.String()
}

// row returns an entry's row of its table.
func (e entry) row(plays []recordPlay) string {
	own, right := playsOf(e.name, plays)
	what := e.twist
	if what == "" {
		if s, err := Load(recordFolder + "/" + e.file + ".yaml"); err == nil {
			what = s.Story
		}
	}
	came := ""
	if len(own) > 0 {
		last := own[len(own)-1]
		came = cell(fmt.Sprintf("%v: %s", last.Outcome, last.Said))
	}
	return fmt.Sprintf("| `%s` | %s | `%s` | %v | %s | %d of %d |\n", e.name, cell(what), e.claim, e.right, came, right, len(own))
}

// cell returns text that fits into a table cell.
func cell(text string) string {
	if r := []rune(text); len(r) > 160 {
		text = string(r[:160]) + " ..."
	}
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// healthyRows returns a row for each healthy scenario, and their sum.
func healthyRows(plays []recordPlay) string {
	var names []string
	all, good := 0, 0
	for _, p := range plays {
		if strings.HasPrefix(p.Entry, healthy) && !slices.Contains(names, p.Entry) {
			names = append(names, p.Entry)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		own, right := playsOf(name, plays)
		all, good = all+len(own), good+right
		fmt.Fprintf(&b, "| `%s` | %d of %d |\n", strings.TrimPrefix(name, healthy), right, len(own))
	}
	fmt.Fprintf(&b, "| all | %d of %d |\n", good, all)
	return b.String()
}

// shortfalls describes every run that was not right.
func shortfalls(entries []entry, plays []recordPlay) string {
	kinds := map[string][]string{}
	for _, p := range plays {
		if p.Right {
			continue
		}
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == p.Entry })
		kind := "Missed"
		switch {
		case p.Outcome == results.Unproven:
			kind = "Could not tell"
		case i < 0 || entries[i].inverted() || entries[i].right == results.Unproven && p.Outcome == results.Broken:
			kind = "False alarm"
		case p.Outcome == entries[i].right:
			kind = "Wrong figure"
		}
		kinds[kind] = append(kinds[kind], fmt.Sprintf("`%s` (play %d: %v, %s)", p.Entry, p.N, p.Outcome, cell(p.Said)))
	}
	if len(kinds) == 0 {
		return fmt.Sprintf("Nothing: all %d plays came out right.", len(plays))
	}
	var text []string
	for _, kind := range []string{"Missed", "Wrong figure", "False alarm", "Could not tell"} {
		if list := kinds[kind]; len(list) > 0 {
			text = append(text, fmt.Sprintf("%s, %d of %d plays: %s.", kind, len(list), len(plays), strings.Join(list, "; ")))
		}
	}
	return strings.Join(text, " ")
}

// rowsMissing returns which entries do not have exactly one row, and which rows
// belong to no entry.
func rowsMissing(text string, entries []entry) (wrong []string) {
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\| \\d+ of \\d+ \\|$")
	count := map[string]int{}
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[1], "/") { // a scenario of the catalogue
			count[m[1]]++
		}
	}
	for _, e := range entries {
		if count[e.name] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s has %d rows", e.name, count[e.name]))
		}
		delete(count, e.name)
	}
	for name := range count {
		wrong = append(wrong, name+" has a row and is no entry")
	}
	return wrong
}

// TestTrackRecordTable writes the document for a few runs, right and wrong.
func TestTrackRecordTable(t *testing.T) {
	entries := []entry{
		mustBreak("drop-1", "keeps-acknowledged-writes", `^1 lost`),
		mustHold("drop-0", "keeps-acknowledged-writes", `^0 lost`),
		mustDoubt("panicking-checker", "equal-servers", "responds", `planted`, "the checker panics"),
	}
	verdict := func(e entry, n int, v results.Verdict) recordPlay {
		return recordPlay{Entry: e.name, N: n, Outcome: v.Outcome, Said: telling(v), Right: e.rightly(v), Commit: "abc"}
	}
	plays := []recordPlay{
		verdict(entries[0], 1, results.Verdict{Outcome: results.Held, Measured: "0 lost"}),
		verdict(entries[0], 2, results.Verdict{Outcome: results.Broken, Measured: "2 lost"}),
		verdict(entries[0], 3, results.Verdict{Outcome: results.Broken, Measured: "1 lost | 0"}),
		verdict(entries[1], 1, results.Verdict{Outcome: results.Broken, Measured: "3 lost"}),
		verdict(entries[2], 1, results.Verdict{Outcome: results.Unproven, Measured: "p95 1s", Why: "the checker panicked: planted"}),
		verdict(entries[2], 2, results.Verdict{Outcome: results.Unproven, Why: "no load proof"}),
		{Entry: healthy + "single-server/kill", N: 1, Outcome: results.Held, Right: true, Commit: "def"},
	}
	text := document(entries, plays, measured{"2026-01-02", "2 CPUs"})
	for _, want := range []string{
		"Measured on 2026-01-02 at commit abc and def (`healthy: single-server/kill`) by", "on 2 CPUs",
		"| `drop-1` | A site that drops 1 of its writes is detected, with the exact count. | `keeps-acknowledged-writes` | broken | broken: 1 lost \\| 0 | 1 of 3 |",
		"| held | broken: 3 lost | 0 of 1 |",
		"| `panicking-checker` | the checker panics | `responds` | unproven | unproven: no load proof | 1 of 2 |",
		"| `single-server/kill` | 1 of 1 |", "| all | 1 of 1 |",
		"Missed, 1 of 7 plays: `drop-1` (play 1: held, 0 lost). Wrong figure, 1 of 7 plays: `drop-1` (play 2: broken, 2 lost). " +
			"False alarm, 1 of 7 plays: `drop-0` (play 1: broken, 3 lost). Could not tell, 1 of 7 plays: `panicking-checker` (play 2: unproven, no load proof).",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if wrong := rowsMissing(text, entries); len(wrong) > 0 {
		t.Error(wrong)
	}
	if wrong := rowsMissing(text, entries[:2]); len(wrong) != 1 || !strings.Contains(wrong[0], "panicking-checker") {
		t.Errorf("a row too many: %v", wrong)
	}
	if wrong := rowsMissing(text, append(entries, mustBreak("drop-2", "", ""))); len(wrong) != 1 || !strings.Contains(wrong[0], "drop-2 has 0 rows") {
		t.Errorf("a row too few: %v", wrong)
	}
	if got := shortfalls(entries, plays[6:]); got != "Nothing: all 1 plays came out right." {
		t.Error(got)
	}
}

// TestPlayCounts: a run counts until something that it depends on has changed.
func TestPlayCounts(t *testing.T) {
	entries := []entry{mustBreak("drop-1", "keeps-acknowledged-writes", `^1 lost`), mustHold("drop-0", "keeps-acknowledged-writes", `^0 lost`)}
	for _, c := range []struct {
		name, changed string
		want          bool
	}{
		{"drop-1", "", true},
		{"drop-1", "README.md docs/CLAIMS.md claims/keeps_test.go scenarios/record_test.go", true},
		{"drop-1", "scenarios/record/drop-0.yaml", true},
		{"drop-1", "README.md scenarios/record/drop-1.yaml", false},
		{"drop-1", "scenarios/record_twist_test.go", false},
		{"drop-1", "claims/keeps.go", false},
		{"drop-1", "topologies/images/postgres/Dockerfile", false},
		{"drop-1", "go.mod", false},
		{healthy + "single-server/kill", "scenarios/record/drop-1.yaml scenarios/record_twist_test.go", true},
		{healthy + "single-server/kill", "scenarios/single-server/kill.yaml", false},
		{"no-such-entry", "", false},
	} {
		p := recordPlay{Entry: c.name}
		if got := p.counts(entries, strings.Fields(c.changed)); got != c.want {
			t.Errorf("%s after a change of %q: counts %v, want %v", c.name, c.changed, got, c.want)
		}
	}
	for said, right := range map[string]bool{"1 lost": true, "2 lost": false} {
		p := recordPlay{Entry: "drop-1", Outcome: results.Broken, Said: said, Right: !right}
		if p.counts(entries, nil); p.Right != right {
			t.Errorf("%q is right: %v, want %v", said, p.Right, right)
		}
	}
}
