package results

import "testing"

// TestIndented: what is too wide goes on below its text, and what fits stays as it is.
func TestIndented(t *testing.T) {
	text := "system   PostgreSQL 15: 1 primary     needs 1.9 GiB\nclaims   no acknowledged write is lost\x1b[2J\n- one two"
	for width, want := range map[int]string{
		0:  "  system   PostgreSQL 15: 1 primary     needs 1.9 GiB\n  claims   no acknowledged write is lost [2J\n  - one two",
		40: "  system   PostgreSQL 15: 1 primary\n           needs 1.9 GiB\n  claims   no acknowledged write is lost\n           [2J\n  - one two",
	} {
		if got := Indented(text, 2, width); got != want {
			t.Errorf("%d columns: got\n%s\nwant\n%s", width, got, want)
		}
	}
}
