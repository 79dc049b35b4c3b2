// A defect is planted into the site on purpose, to see whether the claims find it.

package topologies

import (
	"fmt"
	"regexp"
)

// defect is the choice, shared by every blueprint that runs the site, with which
// the site is broken on purpose. The record of planted defects is made of it.
var defect = Parameter{
	Name:    "defect",
	About:   "what the site does wrong on purpose: drop:<n>, duplicate:<n>, delay:<n>, refuse:<n>, slow:<n> of its first writes, ack-before-commit, commit-local, no-drain",
	Default: "",
}

// knownDefects are the words that the site knows; on any other it does not start.
var knownDefects = regexp.MustCompile(`^((drop|duplicate|delay|refuse|slow):[0-9]{1,9}|ack-before-commit|commit-local|no-drain)?$`)

// plantDefect gives the chosen defect to a node that runs the site.
func plantDefect(s Settings, n *Node) error {
	word := s.Word(defect.Name)
	if !knownDefects.MatchString(word) {
		return fmt.Errorf("defect: %q is none of drop:<n>, duplicate:<n>, delay:<n>, refuse:<n>, slow:<n>, ack-before-commit, commit-local, no-drain", word)
	}
	if word != "" {
		n.Env["HOLDFAST_DEFECT"] = word
	}
	return nil
}
