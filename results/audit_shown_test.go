package results

import (
	"reflect"
	"strconv"
	"testing"
)

// TestAuditOfWhatUsersAreShown: what users are shown has a value for each of the
// keys of the site, ten thousand and more, and is read back whole.
func TestAuditOfWhatUsersAreShown(t *testing.T) {
	shown := map[string][]string{}
	for key := range 20_000 {
		shown[strconv.Itoa(key)] = []string{"value-" + strconv.Itoa(key)}
	}
	_, r := saved(t)
	r.Final.Stores[0].Shown, r.Final.Stores[0].Seeded = map[string]map[string][]string{"read": shown}, 20_000
	folder := t.TempDir()
	if err := saveAll(folder, r); err != nil {
		t.Fatal(err)
	}
	back, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Final.Stores[0].Shown["read"], shown) {
		t.Errorf("%d of %d keys came back", len(back.Final.Stores[0].Shown["read"]), len(shown))
	}
}
