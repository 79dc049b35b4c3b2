package scenarios

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ownFolder is the subfolder of the results for runs of users' own files. It
// keeps their names apart from those of built-in scenarios.
const ownFolder = "files"

// longestName is the maximum length of a folder's name, in bytes.
const longestName = 64

// runFolder returns the folder of one run within that of the results:
// replication/primary-kill/<when>-<id>, or files/<name>/<when>-<id>.
func (s *Scenario) runFolder(results string, began time.Time, id string) string {
	of := filepath.FromSlash(s.Name)
	if s.ownFile() != "" {
		of = filepath.Join(ownFolder, safeName(filepath.Base(s.Name)))
	}
	return filepath.Join(results, of, began.UTC().Format("20060102T150405Z")+"-"+id)
}

// reserved are names of devices on some systems, with any extension.
var reserved = []string{"con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}

// safeName returns a name that is valid for a folder on any system: letters,
// digits, '-', '_' and '.', no '.' at either end, and at most longestName
// bytes.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r) {
			return '-'
		}
		return r
	}, name)
	name = strings.Trim(name, ".-")
	for len(name) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = strings.TrimRight(name[:len(name)-size], ".-")
	}
	if device, _, _ := strings.Cut(strings.ToLower(name), "."); name == "" || slices.Contains(reserved, device) {
		return strings.TrimSuffix("scenario-"+name, "-")
	}
	return name
}
