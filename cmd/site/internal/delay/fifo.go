package delay

import "time"

// held is a packet that waits until it is due.
type held struct {
	id  uint32
	due time.Time
}

// fifo holds packets in the order of arrival, which is also that of their due times.
type fifo struct {
	packets []held
	first   int
}

func (f *fifo) add(id uint32, due time.Time) { f.packets = append(f.packets, held{id, due}) }

func (f *fifo) len() int { return len(f.packets) - f.first }

// next is when the first packet is due; ok is false if there is none.
func (f *fifo) next() (due time.Time, ok bool) {
	if f.len() == 0 {
		return time.Time{}, false
	}
	return f.packets[f.first].due, true
}

// take removes the packets that are due.
func (f *fifo) take(now time.Time) (ids []uint32) {
	for f.len() > 0 && !f.packets[f.first].due.After(now) {
		ids = append(ids, f.packets[f.first].id)
		f.first++
	}
	if f.first > 1024 && f.first > len(f.packets)/2 {
		f.packets = append(f.packets[:0], f.packets[f.first:]...)
		f.first = 0
	}
	return ids
}

// all removes all packets.
func (f *fifo) all() (ids []uint32) {
	for _, h := range f.packets[f.first:] {
		ids = append(ids, h.id)
	}
	f.packets, f.first = nil, 0
	return ids
}
