package scenarios

import (
	"math/rand/v2"
	"slices"
	"time"
)

// A detector looks at the world in a loop. A fault at the same moment of every
// attack may meet the loop at the same place each time, and repeats of it would
// say little of the others. So repeats after the first are moved: all steps of
// a repeat by one offset, the same in every arm.

// usualLoop is the detectors' loop of a topology that states none.
const usualLoop = time.Second

// round is what tells one repeat from another.
type round struct {
	seed  uint64
	shift time.Duration
}

// rounds is the seed and the offset of each repeat, from one seed (0: the
// scenario's, else a new one). The first is as the file has it. An offset is
// uniform in [0, loop), and in less where the attack is too short for that.
func (s *Scenario) rounds(seed uint64, repeat int) ([]round, error) {
	if seed == 0 {
		seed = s.Attack.Seed
	}
	if seed == 0 {
		seed = newSeed()
	}
	reach, err := s.loop()
	if err != nil {
		return nil, err
	}
	for _, name := range s.Arms() {
		armed, err := s.Arm(name)
		if err != nil {
			return nil, err
		}
		reach = min(reach, armed.room())
	}
	all := []round{{seed: seed}}
	for n := 2; n <= repeat; n++ {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		next := round{seed: uint64(r.Uint32()) + 1}
		next.shift = time.Duration(r.Float64() * float64(reach)).Truncate(time.Millisecond)
		all = append(all, next)
	}
	return all, nil
}

// loop is the longest loop of the treatment's detectors.
func (s *Scenario) loop() (time.Duration, error) {
	t, err := s.Design(Treatment)
	if err != nil || t.Loop > 0 {
		return t.Loop, err
	}
	return usualLoop, nil
}

// room is how much later the steps may be and still be valid: each ends within
// the attack, and what is claimed of the first can still be watched.
func (s *Scenario) room() time.Duration {
	if len(s.Steps) == 0 {
		return s.Attack.For
	}
	room := s.Attack.For
	for _, step := range s.Steps {
		room = min(room, s.Attack.For-step.At-step.For)
	}
	for _, p := range s.Claims {
		room = min(room, s.Attack.For-s.first()-limit(p))
	}
	return max(room, 0)
}

// postpone moves every step. The plan that is saved tells the steps as played.
func (s *Scenario) postpone(by time.Duration) {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].At += by
	}
	s.shifted = by
}
