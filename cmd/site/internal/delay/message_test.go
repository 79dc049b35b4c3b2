package delay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
	"time"
)

// packet is what the kernel says of a packet with that id.
func packet(id uint32) []byte {
	return request(msgPacket, 0, 0, 7, attribute(2, 1, 2, 3), attribute(attrPacketHeader, append(be32(id), 8, 0, 1)...))
}

func TestMessages(t *testing.T) {
	refusal := make([]byte, netlinkHeader+4)
	order.PutUint32(refusal, uint32(len(refusal)))
	order.PutUint16(refusal[4:], msgError)
	order.PutUint32(refusal[8:], 9)
	minus := int32(-16)
	order.PutUint32(refusal[16:], uint32(minus))
	got, err := messages(append(append(packet(3), packet(4)...), refusal...))
	want := []message{{kind: msgPacket, id: 3}, {kind: msgPacket, id: 4}, {kind: msgError, seq: 9, errno: 16}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestCutShort reads every beginning of a message: it must be refused, and never panic.
func TestCutShort(t *testing.T) {
	whole := packet(3)
	for n := netlinkHeader; n < len(whole); n++ {
		if _, err := messages(whole[:n]); !errors.Is(err, errShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
		b := bytes.Clone(whole[:n])
		order.PutUint32(b, uint32(n))
		if all, err := messages(b); err == nil && len(all) != 1 {
			t.Errorf("%d bytes, said to be whole: %v, %v", n, all, err)
		}
	}
}

func TestPass(t *testing.T) {
	b := pass(7, 258)
	if len(b) != 32 || order.Uint32(b) != 32 || order.Uint16(b[4:]) != 0x301 || binary.BigEndian.Uint16(b[18:]) != 7 {
		t.Errorf("% x", b)
	}
	if want := []byte{0, 0, 0, 1, 0, 0, 1, 2}; !bytes.Equal(b[24:], want) {
		t.Errorf("verdict % x, want % x", b[24:], want)
	}
}

func TestFifo(t *testing.T) {
	var f fifo
	start := time.Unix(0, 0)
	at := func(i int) time.Time { return start.Add(time.Duration(i)) }
	next := uint32(1)
	for i := 1; i <= 5000; i++ {
		f.add(uint32(i), at(i))
		for _, id := range f.take(at(i - 10)) {
			if id != next {
				t.Fatalf("packet %d instead of %d", id, next)
			}
			next++
		}
	}
	if due, ok := f.next(); !ok || due != at(4991) || f.len() != 10 {
		t.Errorf("next %v, %v, %d left", due, ok, f.len())
	}
	if ids := f.all(); len(ids) != 10 || ids[0] != 4991 || f.len() != 0 {
		t.Errorf("the rest: %v", ids)
	}
	if _, ok := f.next(); ok {
		t.Error("an empty queue has a next packet")
	}
}
