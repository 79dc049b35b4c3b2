package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a scenario's YAML. The parser needs memory in proportion to the
// square of the depth, of the number of tokens, and of the length of a key. So
// they are checked on the tokens, which the lexer produces in linear time.
const (
	maxTokens = 20_000
	maxDepth  = 32
	maxKey    = 128 // bytes
	maxNodes  = 20_000
	maxList   = 64 // steps, claims, controls
)

const begin = "begin with story:, topology:, attack:, claims:"

// tree parses YAML (and so JSON) into a tree in which every alias is replaced
// by its value; the root must be a map.
func (d *decoder) tree(text []byte) *ast.MappingNode {
	tokens := lexer.Tokenize(string(text))
	if !d.bounded(tokens) {
		return nil
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		d.fail(nil, "", err)
		return nil
	}
	var doc ast.Node
	for _, x := range f.Docs {
		if _, directive := x.Body.(*ast.DirectiveNode); x.Body != nil && !directive {
			doc = x.Body
		}
	}
	if doc == nil {
		d.wrong(nil, "the file is empty: %s", begin)
		return nil
	}
	found := len(d.all)
	root, ok := resolve(d, doc).(*ast.MappingNode)
	switch {
	case len(d.all) > found:
		return nil // an alias could not be resolved, so further mistakes would be misleading
	case !ok:
		d.wrong(doc, "a scenario must be a map: %s", begin)
		return nil
	}
	return root
}

// bounded reports whether the tokens are within the limits of the parser.
func (d *decoder) bounded(tokens token.Tokens) bool {
	var in nesting
	begun, ended, directive := false, false, 0
	for i, t := range tokens {
		if i == maxTokens {
			return d.at(t, "the file has more than %d YAML tokens: shorten it", maxTokens)
		}
		switch t.Type {
		case token.CommentType:
			continue
		case token.DirectiveType:
			directive = t.Position.Line
		case token.DocumentHeaderType:
			if begun {
				return d.at(t, "a second YAML document begins here: put each scenario into its own file")
			}
		case token.DocumentEndType:
			ended = true
			continue
		case token.MappingKeyType:
			return d.at(t, "write key: value, without a question mark")
		case token.MappingValueType:
			if i > 0 && len(tokens[i-1].Value) > maxKey {
				return d.at(tokens[i-1], "the key is longer than %d bytes: no setting has such a name", maxKey)
			}
		case token.SequenceEntryType:
			if in.flow > 0 {
				return d.at(t, "a dash inside brackets: write [a, b], or put each item on its own line after a dash, without brackets")
			}
		}
		if ended {
			return d.at(t, "a second YAML document begins here: put each scenario into its own file")
		}
		begun = begun || t.Position.Line != directive
		if t.Type == token.MappingValueType && i > 0 {
			t = tokens[i-1] // its key
		}
		if in.enter(tokens, i); in.depth() > maxDepth {
			return d.at(t, "nested deeper than %d levels: no scenario needs that", maxDepth)
		}
	}
	return true
}

// nesting is the depth of a token.
type nesting struct {
	flow   int     // open brackets and braces
	blocks []block // keys and dashes that enclose it
}

// block is one key or dash outside brackets.
type block struct {
	column int
	dash   bool
}

func (in *nesting) depth() int { return in.flow + len(in.blocks) }

// enter processes the next token.
func (in *nesting) enter(tokens token.Tokens, i int) {
	switch t := tokens[i]; t.Type {
	case token.MappingStartType, token.SequenceStartType:
		in.flow++
	case token.MappingEndType, token.SequenceEndType:
		in.flow = max(in.flow-1, 0)
	case token.SequenceEntryType:
		in.block(block{t.Position.Column, true})
	case token.MappingValueType:
		if in.flow == 0 && i > 0 {
			in.block(block{tokens[i-1].Position.Column, false})
		}
	}
}

// block ends the blocks that cannot enclose the new one. A list may begin in
// the same column as its key.
func (in *nesting) block(b block) {
	for n := len(in.blocks); n > 0; n-- {
		top := in.blocks[n-1]
		if top.column < b.column || top.column == b.column && b.dash && !top.dash {
			break
		}
		in.blocks = in.blocks[:n-1]
	}
	in.blocks = append(in.blocks, b)
}

// at notes a mistake at a token and returns false.
func (d *decoder) at(t *token.Token, format string, a ...any) bool {
	d.note(Mistake{Line: t.Position.Line, Column: t.Position.Column, Text: fmt.Sprintf(format, a...)})
	return false
}

// fail notes an error of the YAML library, at its own place if it has one.
func (d *decoder) fail(at ast.Node, what string, err error) {
	var y yaml.Error
	if !errors.As(err, &y) {
		d.wrong(at, "%s%v", what, err)
		return
	}
	text := y.GetMessage()
	if strings.Contains(text, "tab character") || strings.Contains(text, "character '\t'") {
		text = "this line is indented with a tab, but YAML allows only spaces: replace it by spaces"
	}
	x := Mistake{Text: what + text}
	x.Line, x.Column = place(at)
	if t := y.GetToken(); t != nil && t.Position != nil {
		x.Line, x.Column = t.Position.Line, t.Position.Column
	}
	d.note(x)
}

// resolver replaces aliases and merge keys by their values.
type resolver struct {
	*decoder
	anchors map[string]piece
}

// piece is a node with resolved aliases. The value of an alias is shared, not
// copied; size and depth count it each time.
type piece struct {
	node        ast.Node
	size, depth int
}

// resolve returns a tree without anchors, aliases, merge keys and tags.
func resolve(d *decoder, n ast.Node) ast.Node {
	r := resolver{d, map[string]piece{}}
	return r.resolve(n).node
}

func (r *resolver) resolve(n ast.Node) piece {
	switch n := n.(type) {
	case *ast.AnchorNode:
		p := r.resolve(n.Value)
		r.anchors[word(n.Name)] = p
		return p
	case *ast.AliasNode:
		if p, ok := r.anchors[word(n.Value)]; ok {
			return p
		}
		r.wrong(n, "*%s is undefined: no &%s comes before it", word(n.Value), word(n.Value))
		return piece{node: ast.Null(n.GetToken()), size: 1}
	case *ast.TagNode:
		r.wrong(n, "the tag %s is not allowed: leave it out", n.GetToken().Value)
		return r.resolve(n.Value)
	case *ast.MappingNode:
		return r.mapping(n)
	case *ast.SequenceNode:
		list := ast.Sequence(n.Start, n.IsFlowStyle)
		sum := piece{node: list, size: 1}
		for _, v := range n.Values {
			p := r.resolve(v)
			if !r.add(&sum, p, v) {
				return sum
			}
			list.Values = append(list.Values, p.node)
		}
		return sum
	case nil:
		return piece{node: ast.Null(nil), size: 1}
	}
	r.visible(n)
	return piece{node: n, size: 1}
}

// mapping resolves a map. Its own keys take precedence over merged ones, and an
// earlier merge over a later one.
func (r *resolver) mapping(n *ast.MappingNode) piece {
	m := ast.Mapping(n.Start, n.IsFlowStyle)
	sum := piece{node: m, size: 1}
	var merged []*ast.MappingNode
	for _, e := range n.Values {
		p := r.resolve(e.Value)
		if !r.add(&sum, p, e.Key) {
			return sum
		}
		if _, merge := e.Key.(*ast.MergeKeyNode); merge {
			merged = append(merged, r.merged(e, p.node)...)
			continue
		}
		if _, scalar := e.Key.(ast.ScalarNode); !scalar {
			r.wrong(e.Key, "a key must be a word, not %s", e.Key)
			continue
		}
		r.visible(e.Key)
		m.Values = append(m.Values, ast.MappingValue(e.Start, e.Key, p.node))
	}
	known := map[string]bool{}
	for _, e := range m.Values {
		known[word(e.Key)] = true
	}
	for _, from := range merged {
		for _, e := range from.Values {
			if !known[word(e.Key)] {
				known[word(e.Key)] = true
				m.Values = append(m.Values, e)
			}
		}
	}
	return sum
}

// merged returns the maps that are the value of a merge key.
func (r *resolver) merged(e *ast.MappingValueNode, v ast.Node) []*ast.MappingNode {
	of := []ast.Node{v}
	if list, ok := v.(*ast.SequenceNode); ok {
		of = list.Values
	}
	var maps []*ast.MappingNode
	for _, x := range of {
		m, ok := x.(*ast.MappingNode)
		if !ok {
			r.wrong(e.Key, "<<: must be an alias of a map, as in <<: *name, not %s", x)
			return nil
		}
		maps = append(maps, m)
	}
	return maps
}

// add counts a part of a node and reports whether the node is still within the
// limits.
func (r *resolver) add(sum *piece, part piece, at ast.Node) bool {
	sum.size += part.size
	sum.depth = max(sum.depth, part.depth+1)
	switch {
	case sum.size > maxNodes:
		r.wrong(at, "with its aliases expanded, the file has more than %d values: shorten it", maxNodes)
	case sum.depth > maxDepth:
		r.wrong(at, "with its aliases expanded, the file is nested deeper than %d levels: no scenario needs that", maxDepth)
	default:
		return true
	}
	return false
}

// visible checks that a value, after its escapes are decoded, has no invisible
// characters.
func (r *resolver) visible(n ast.Node) {
	for _, c := range word(n) {
		if err := unfit(c, 2); err != nil {
			r.wrong(n, "%v", err)
			return
		}
	}
}
