package scenarios

import (
	"math/rand/v2"
	"slices"
	"time"
)

// A failure detector polls in a loop. A fault at the same time of every attack
// may hit the same point of that loop each time, and the repeats would not be
// independent. So all repeats after the first shift all their steps by one
// offset, the same in every arm.

// usualLoop is the loop period of a topology that states none.
const usualLoop = time.Second

// round is the seed and the offset of one repeat.
type round struct {
	seed  uint64
	shift time.Duration
}

// rounds returns the seed and the offset of each repeat, derived from one seed
// (0: the scenario's, or else a new one). The first repeat has no offset. The
// others have one that is uniform in [0, loop), or in a shorter range if the
// attack is too short for that.
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

// loop returns the longest loop period of the treatment's failure detectors.
func (s *Scenario) loop() (time.Duration, error) {
	t, err := s.Design(Treatment)
	if err != nil || t.Loop > 0 {
		return t.Loop, err
	}
	return usualLoop, nil
}

// room returns how much later the steps may run without becoming invalid: each
// must end within the attack, and the claims on the first one must still be
// observed for long enough.
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

// postpone shifts every step. The saved plan has the shifted times.
func (s *Scenario) postpone(by time.Duration) {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].At += by
	}
	s.shifted = by
}
