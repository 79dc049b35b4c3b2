package results

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("report").Parse(pageText))

// page is what the template shows.
type page struct {
	*Run
	Headline, Tally string
	CutShort        string
	Exit            int
	Color           string // of the verdict bar: "held" green, "broken" red, "" yellow
	Rows            []pageClaim
	Chart           template.HTML
	Happened        []string
	Tables          []table
	Story           string
	Settings        string // given on the command line
	Reproduce       string
}

// pageClaim is one claim as a row.
type pageClaim struct {
	Cells           [3]string
	N, Mark, Color  string
	Surprise, Since string
}

// writePage writes the report as one self-contained HTML file: no script and no
// external font or image, with a content security policy that forbids them.
func writePage(w io.Writer, r *Run) error {
	p := page{
		Run: r, Headline: r.headline(), CutShort: r.cutShort(), Exit: r.ExitCode(), Tally: tally(r.Verdicts),
		Chart: r.chart(), Tables: r.tables(), Reproduce: r.reproduce(), Settings: strings.Join(r.settings(), " · "), Story: r.story(),
	}
	p.Color = map[int]string{0: "held", 1: "broken"}[p.Exit]
	for _, v := range r.Verdicts {
		row := pageClaim{Cells: pageCells(v), N: grouped(int64(v.N)), Mark: v.sign(), Surprise: surprise(v), Since: v.Why}
		row.Color = map[string]string{"✓": "held", "✗": "broken"}[row.Mark]
		p.Rows = append(p.Rows, row)
	}
	for _, e := range r.happened() {
		p.Happened = append(p.Happened, Line(e))
	}
	return pageTemplate.Execute(w, p)
}

// pageCells are the columns of a claim; the column heads name the limit.
func pageCells(v Verdict) [3]string {
	c := cells(v)
	c[2] = strings.TrimPrefix(Printable(v.Wanted), "at most ")
	return c
}

// story is the story of the scenario, from the plan; "" if it has none.
func (r *Run) story() string {
	var plan struct{ Story string }
	_ = json.Unmarshal(r.Plan, &plan) // a run without a plan has no story
	return plan.Story
}
