package scenarios

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// blame notes what a claim or a fault says of its own settings: at the value
// of the setting, where the text names exactly one of those in the file, else
// at the place given.
func (d *decoder) blame(said *ast.MappingValueNode, at ast.Node, err error) {
	if err == nil {
		return
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			d.blame(said, at, one)
		}
		return
	}
	var named []*ast.MappingValueNode
	if m := values(said); m != nil {
		text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "check "), `"`) // what was written may be any word
		words := plainWord.FindAllString(strings.TrimPrefix(text, word(said.Key)), -1)
		for _, e := range m.Values {
			if slices.Contains(words, word(e.Key)) {
				named = append(named, e)
			}
		}
	}
	if len(named) == 1 {
		at = named[0].Value
	}
	d.wrong(at, "%v", err)
}

// plainWord is a setting's name within a text.
var plainWord = regexp.MustCompile(`[a-z0-9]+(-[a-z0-9]+)*`)

// said is where in an entry a word stands as a value, or else the place given.
func said(e *ast.MappingValueNode, at ast.Node, text string) ast.Node {
	if e == nil {
		return at
	}
	if found := scalar(e.Value, text); found != nil {
		return found
	}
	return at
}

// scalar is the first value of that text, however deep.
func scalar(n ast.Node, text string) ast.Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, e := range n.Values {
			if found := scalar(e.Value, text); found != nil {
				return found
			}
		}
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if found := scalar(v, text); found != nil {
				return found
			}
		}
	default:
		if text != "" && word(n) == text {
			return n
		}
	}
	return nil
}
