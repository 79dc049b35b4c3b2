package results

import (
	"fmt"
	"strings"
	"time"
)

// Audit is what every store contained at the end, read repeatedly until two
// readings are equal.
type Audit struct {
	At     time.Duration `json:"at"`
	Stable bool          `json:"stable"` // two readings in a row were equal on every node that could be read
	Stores []Store       `json:"stores"`
}

// Store is what one node contained in the final audit.
type Store struct {
	Node   string              `json:"node"`
	Role   string              `json:"role"`
	Values map[string][]string `json:"values"` // operation to every value stored, with duplicates, in the store's order
	Err    string              `json:"error,omitempty"`

	// Shown is what users see of the store: reading operation to key to values,
	// the newest last; nil in records of versions that did not read it.
	Shown  map[string]map[string][]string `json:"shown,omitempty"`
	Seeded int                            `json:"seeded,omitempty"` // how many keys, from "1" on, were created before the run
}

// Unread lists every store that could not be read, and why.
func (a Audit) Unread() []string {
	var unread []string
	for _, s := range a.Stores {
		if s.Err != "" {
			unread = append(unread, s.Node+": "+s.Err)
		}
	}
	return unread
}

// Whole reports whether every store was read, with two equal readings.
func (a Audit) Whole() bool { return a.Stable && len(a.Stores) > 0 && len(a.Unread()) == 0 }

// String describes how many stores were read, and whether two readings were equal.
func (a Audit) String() string {
	unread := a.Unread()
	read := len(a.Stores) - len(unread)
	values := 0
	for _, s := range a.Stores {
		for _, list := range s.Values {
			values += len(list)
		}
	}
	text := fmt.Sprintf("%d of %d stores, two identical final reads, hold %d values", read, len(a.Stores), values)
	if read == 0 {
		text = fmt.Sprintf("none of %d stores could be read", len(a.Stores))
	} else if !a.Stable {
		text = fmt.Sprintf("%d of %d stores were read, no two final reads were identical", read, len(a.Stores))
	}
	if len(unread) > 0 {
		text += "; could not be read: " + strings.Join(unread, "; ")
	}
	return text
}
