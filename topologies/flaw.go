// Somebody ships a bug. Whether the tests of an architecture would have seen
// it is only known once it has been shipped on purpose.

package topologies

import (
	"fmt"
	"regexp"
)

// flaw is the choice, shared by every blueprint that runs the site, with which
// the site is broken on purpose. The record of planted defects is made of it.
var flaw = Parameter{
	Name:    "defect",
	About:   "what the site does wrong on purpose: drop:<n>, duplicate:<n>, delay:<n> of its first writes, ack-before-commit, commit-local, no-drain",
	Default: "",
}

// flaws are the words that the site knows; on any other it does not start.
var flaws = regexp.MustCompile(`^((drop|duplicate|delay):[0-9]{1,9}|ack-before-commit|commit-local|no-drain)?$`)

// plant gives the chosen flaw to a node that runs the site.
func plant(s Settings, n *Node) error {
	word := s.Word(flaw.Name)
	if !flaws.MatchString(word) {
		return fmt.Errorf("defect: %q is none of drop:<n>, duplicate:<n>, delay:<n>, ack-before-commit, commit-local, no-drain", word)
	}
	if word != "" {
		n.Env["HOLDFAST_DEFECT"] = word
	}
	return nil
}
