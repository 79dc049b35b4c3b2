package scenarios

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// blame notes an error that a claim or a fault reports about its own settings.
// The place is the value of the setting if the text names exactly one setting
// of the file, and otherwise the given place.
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
		text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "check "), `"`) // the quoted value may contain any word
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

// plainWord matches the name of a setting in a text.
var plainWord = regexp.MustCompile(`[a-z0-9]+(-[a-z0-9]+)*`)

// said returns the value in an entry that a word names, or the given place.
func said(e *ast.MappingValueNode, at ast.Node, text string) ast.Node {
	if e == nil {
		return at
	}
	if found := scalar(e.Value, text); found != nil {
		return found
	}
	return at
}

// scalar returns the first value with that text, at any depth.
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
