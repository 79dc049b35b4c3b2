package results

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestWritersSayThatTheDiskIsFull: an error of the writer reaches the caller.
func TestWritersSayThatTheDiskIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if err := percentiles(full, newHistogram()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("percentiles: %v", err)
	}
	if err := writeLog(full, promoted()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("log: %v", err)
	}
	if err := JSON(full, &Run{}, ""); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("JSON: %v", err)
	}
}
