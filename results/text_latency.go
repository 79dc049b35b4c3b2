package results

import "strings"

// latency writes the latency tables.
func (t *texter) latency() {
	tables := t.r.tables()
	if len(tables) == 0 {
		t.section("no request was planned, so there is no latency")
	}
	for _, table := range tables {
		wide := 8
		for _, row := range table.Rows {
			wide = max(wide, columns(row.Name))
		}
		t.section(table.Title)
		t.line("   %s %s", strings.Repeat(" ", wide), rightAll(table.Head))
		for _, row := range table.Rows {
			t.line("   %s %s%s", left(row.Name, wide), rightAll(row.Cells), noteBeside(row.Note))
		}
	}
}

// rightAll sets cells in columns of one width.
func rightAll(cells []string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(right(c, 9))
	}
	return b.String()
}

func noteBeside(note string) string {
	if note == "" {
		return ""
	}
	return "   " + note
}
