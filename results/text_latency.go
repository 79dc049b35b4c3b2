package results

import (
	"slices"
	"strings"
)

// latency writes the latency tables.
func (t *texter) latency() {
	tables := t.r.tables()
	if len(tables) == 0 {
		t.section("no request was planned, so there is no latency")
	}
	for _, table := range tables {
		t.section(table.Title)
		t.table(table)
	}
}

// table writes one table. If it is too wide, the columns move closer together, and
// then the names and the notes get their own lines.
func (t *texter) table(table table) {
	name := 8
	for _, row := range table.Rows {
		name = max(name, columns(row.Name))
	}
	wide := slices.Repeat([]int{9}, len(table.Head))
	if 4+name+sum(wide) > t.s.width() {
		wide = table.narrow()
	}
	above := 4+name+sum(wide) > t.s.width()
	if above {
		name = 0
	}
	t.line("   %s %s", strings.Repeat(" ", name), rightAll(table.Head, wide))
	for _, row := range table.Rows {
		line := "   " + left(row.Name, name) + " " + rightAll(row.Cells, wide)
		if above {
			t.line("   %s", row.Name)
			line = "    " + rightAll(row.Cells, wide)
		}
		if beside := line + "   " + row.Note; columns(beside) <= t.s.width() {
			t.line("%s", beside)
			continue
		}
		t.line("%s", line)
		if row.Note != "" {
			t.line("%s", right(row.Note, 4+name+sum(wide)))
		}
	}
}

func sum(ns []int) (n int) {
	for _, x := range ns {
		n += x
	}
	return n
}

// narrow is the minimum width of each column, with two spaces before its cells.
func (t table) narrow() []int {
	wide := make([]int, len(t.Head))
	for _, row := range append([]tableRow{{Cells: t.Head}}, t.Rows...) {
		for i, c := range row.Cells {
			wide[i] = max(wide[i], columns(c)+2)
		}
	}
	return wide
}

// rightAll aligns each cell to the right of its column.
func rightAll(cells []string, wide []int) string {
	var b strings.Builder
	for i, c := range cells {
		b.WriteString(right(c, wide[i]))
	}
	return b.String()
}
