package results

import (
	"strings"
	"testing"
	"time"
)

// text is a table as one string a row.
func (t table) text() string {
	var rows []string
	for _, r := range t.Rows {
		rows = append(rows, strings.Join(append([]string{r.Name}, append(r.Cells, r.Note)...), "|"))
	}
	return strings.Join(rows, "\n")
}

// TestTablesOfALateGenerator shows that the generator's lateness is told apart
// from what the system took.
func TestTablesOfALateGenerator(t *testing.T) {
	r := &Run{}
	for n := range 200 {
		at := time.Duration(n) * time.Millisecond
		r.Requests = append(r.Requests, Request{Operation: "read", Intended: at, Sent: at + 50*time.Millisecond, Done: at + 51*time.Millisecond, Fate: Answered})
	}
	ts := r.tables()
	if len(ts) != 3 {
		t.Fatalf("%d tables, want response, service and delay", len(ts))
	}
	for i, want := range []string{"baseline|200|51.0|51.0|51.0|–|51.0|0|", "baseline|200|1.0|1.0|1.0|–|1.0|", "baseline|200|50.0|50.0|50.0|–|50.0|"} {
		if got := ts[i].text(); got != want {
			t.Errorf("%s: got %s, want %s", ts[i].Title, got, want)
		}
	}
}

func TestTablesOfTheUnsent(t *testing.T) {
	r := &Run{Requests: History{{Operation: "read"}, {Operation: "read"}, {Operation: "write", Sent: 1, Done: 2, Fate: Refused}}}
	ts := r.tables()
	want := "read baseline|0|–|–|–|–|–|0|2 never sent\nwrite baseline|1|–|–|–|–|0.00|1|100.0 % of sent"
	if len(ts) != 3 || ts[0].Rows[0].Cells[0] != "1" || ts[0].Rows[0].Note != "100.0 % of sent, 2 never sent" || ts[2].text() != want {
		t.Errorf("got %v", ts)
	}
}

// TestTablesAlwaysShowAllThreeClocks: service time and send delay have a line
// each where they tell nothing new, and no errors: those are the answers'.
func TestTablesAlwaysShowAllThreeClocks(t *testing.T) {
	ts := promoted().tables()
	want := "service time (sent → answered)|12 000|1.8|2.4|6.0|6.0|6.0|\nsend delay (scheduled → sent)|12 000|0.20|0.20|0.20|0.20|0.20|"
	if len(ts) != 3 || ts[1].text() != want {
		t.Fatalf("got %d tables, the second\n%s\nwant\n%s", len(ts), ts[1].text(), want)
	}
	for _, table := range ts {
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Head) {
				t.Errorf("%s: %d cells under %v", table.Title, len(row.Cells), table.Head)
			}
		}
	}
}
