package scenarios

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// sameCode reports whether two versions of a Go file differ only in comments
// and layout, so that the program is the same. Directives (//go:embed,
// //go:build) are comments that the compiler obeys, so they count.
func sameCode(before, after []byte) bool {
	return slices.Equal(code(before), code(after))
}

// code returns the tokens of a Go file, each with its text.
func code(source []byte) (tokens []string) {
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", fset.Base(), len(source)), source, nil, scanner.ScanComments)
	for {
		_, kind, text := s.Scan()
		switch {
		case kind == token.EOF:
			return tokens
		case kind == token.COMMENT && !strings.HasPrefix(text, "//go:"):
		case kind == token.SEMICOLON: // explicit, or inserted at the end of a line
			tokens = append(tokens, kind.String())
		case kind == token.RBRACE || kind == token.RPAREN: // a semicolon before it may be left out
			if n := len(tokens); n > 0 && tokens[n-1] == token.SEMICOLON.String() {
				tokens = tokens[:n-1]
			}
			tokens = append(tokens, kind.String())
		default:
			tokens = append(tokens, kind.String()+" "+text)
		}
	}
}

func TestSameCode(t *testing.T) {
	const file = "package a\n\n// F is one.\nfunc F() int { return 1 }\n"
	for _, c := range []struct {
		name, after string
		same        bool
	}{
		{"the same file", file, true},
		{"another comment", "package a\n\n// F gives 1.\nfunc F() int { return 1 }\n", true},
		{"no comment, other layout", "package a\nfunc F() int {\n\treturn 1\n}\n", true},
		{"a comment at the end of a line", "package a\n\nfunc F() int { return 1 } // always\n", true},
		{"another number", "package a\n\n// F is one.\nfunc F() int { return 2 }\n", false},
		{"another string", "package a\n\n// F is one.\nfunc F() string { return \"// F is one.\" }\n", false},
		{"a build constraint", "//go:build linux\n\n" + file, false},
		{"a statement in a comment", "package a\n\n// F is one.\n// func F() int { return 1 }\n", false},
	} {
		if got := sameCode([]byte(file), []byte(c.after)); got != c.same {
			t.Errorf("%s: same code: %v, want %v", c.name, got, c.same)
		}
	}
}
