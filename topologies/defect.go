// A defect is planted in the site on purpose, to see whether the claims detect it.

package topologies

import (
	"fmt"
	"regexp"
)

// defect is the parameter of every blueprint with the site that plants a defect in
// it. The track record uses it.
var defect = Parameter{
	Name:    "defect",
	About:   "what the site does wrong on purpose: drop:<n>, duplicate:<n>, delay:<n>, refuse:<n>, slow:<n> of its first writes, ack-before-commit, commit-local, no-drain",
	Default: "",
}

// knownDefects are the values that the site accepts; with any other it does not start.
var knownDefects = regexp.MustCompile(`^((drop|duplicate|delay|refuse|slow):[0-9]{1,9}|ack-before-commit|commit-local|no-drain)?$`)

// plantDefect configures the chosen defect on a node that runs the site.
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
