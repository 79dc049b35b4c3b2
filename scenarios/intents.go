package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/holdfast-lab/holdfast/results"
	"github.com/holdfast-lab/holdfast/topologies"
)

// intent is one line of a run's file of intents. It is synced to disk before
// each fault.
type intent = results.Intent

// intents is a run's file of intents.
type intents struct {
	mu sync.Mutex
	f  *os.File
}

func openIntents(folder string) (*intents, error) {
	f, err := os.OpenFile(filepath.Join(folder, results.IntentsFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open intents: %w: %w", topologies.ErrEnvironment, err)
	}
	return &intents{f: f}, nil
}

// write returns once the line is on disk.
func (is *intents) write(i intent) error {
	is.mu.Lock()
	defer is.mu.Unlock()
	i.At = time.Now().UTC()
	line, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("write intent: %w", err)
	}
	_, err = is.f.Write(append(line, '\n'))
	if err := errors.Join(err, is.f.Sync()); err != nil {
		return fmt.Errorf("write intent: %w: %w", topologies.ErrEnvironment, err)
	}
	return nil
}

func (is *intents) close() error { return is.f.Close() }
