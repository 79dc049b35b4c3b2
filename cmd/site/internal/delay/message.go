// Package delay delays the packets of a netfilter queue. It replaces tc-netem,
// which not every kernel has.
package delay

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The constants of the messages to and from the kernel, from
// linux/netfilter/nfnetlink_queue.h. Netlink headers are in the machine's byte
// order, the contents of nfnetlink messages in network byte order.
const (
	queueSubsystem = 3 // NFNL_SUBSYS_QUEUE

	msgPacket = queueSubsystem << 8   // NFQNL_MSG_PACKET (0), from the kernel
	msgVerd   = queueSubsystem<<8 | 1 // NFQNL_MSG_VERDICT
	msgConfig = queueSubsystem<<8 | 2 // NFQNL_MSG_CONFIG
	msgError  = 2                     // NLMSG_ERROR

	flagRequest = 1 // NLM_F_REQUEST
	flagAck     = 4 // NLM_F_ACK

	attrPacketHeader = 1 // NFQA_PACKET_HDR
	attrVerdict      = 2 // NFQA_VERDICT_HDR
	attrCommand      = 1 // NFQA_CFG_CMD
	attrParameters   = 2 // NFQA_CFG_PARAMS
	attrMaxLength    = 3 // NFQA_CFG_QUEUE_MAXLEN

	commandBind = 1 // NFQNL_CFG_CMD_BIND
	copyMeta    = 1 // NFQNL_COPY_META: ids of packets and not their bytes
	verdictPass = 1 // NF_ACCEPT

	netlinkHeader = 16
	queueHeader   = 4 // struct nfgenmsg
)

// order is the machine's byte order.
var order = binary.NativeEndian

// request is a netlink message about a queue.
func request(kind, flags uint16, seq uint32, queue uint16, attributes ...[]byte) []byte {
	b := make([]byte, netlinkHeader+queueHeader)
	for _, a := range attributes {
		b = append(b, a...)
	}
	order.PutUint32(b[0:], uint32(len(b)))
	order.PutUint16(b[4:], kind)
	order.PutUint16(b[6:], flagRequest|flags)
	order.PutUint32(b[8:], seq)
	binary.BigEndian.PutUint16(b[18:], queue) // after family and version, both 0
	return b
}

// attribute is a netlink attribute, padded to four bytes.
func attribute(kind uint16, value ...byte) []byte {
	b := make([]byte, (4+len(value)+3)&^3)
	order.PutUint16(b[0:], uint16(4+len(value)))
	order.PutUint16(b[2:], kind)
	copy(b[4:], value)
	return b
}

func be32(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func bind(seq uint32, queue uint16) []byte {
	return request(msgConfig, flagAck, seq, queue, attribute(attrCommand, commandBind, 0, 0, 0))
}

// parameters requests only the ids of packets, and sets the length of the queue.
func parameters(seq uint32, queue uint16, length uint32) []byte {
	return request(msgConfig, flagAck, seq, queue,
		attribute(attrParameters, append(be32(0), copyMeta)...), attribute(attrMaxLength, be32(length)...))
}

func pass(queue uint16, id uint32) []byte {
	return request(msgVerd, 0, 0, queue, attribute(attrVerdict, be32(verdictPass, id)...))
}

var errShort = errors.New("netlink message cut short")

// message is a message of the kernel: a packet's id, or the result of a request.
type message struct {
	kind  uint16
	seq   uint32
	errno int32  // of msgError; 0 acknowledges
	id    uint32 // of msgPacket
}

// messages parses one datagram of the kernel.
func messages(b []byte) (all []message, err error) {
	for len(b) >= netlinkHeader {
		n := int(order.Uint32(b))
		if n < netlinkHeader || n > len(b) {
			return all, errShort
		}
		m := message{kind: order.Uint16(b[4:]), seq: order.Uint32(b[8:])}
		body := b[netlinkHeader:n]
		switch m.kind {
		case msgError:
			if len(body) < 4 {
				return all, errShort
			}
			m.errno = -int32(order.Uint32(body))
			all = append(all, m)
		case msgPacket:
			if m.id, err = packetID(body); err != nil {
				return all, err
			}
			all = append(all, m)
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return all, nil
}

// packetID finds the id of a packet among its attributes.
func packetID(b []byte) (uint32, error) {
	if len(b) < queueHeader {
		return 0, errShort
	}
	for b = b[queueHeader:]; len(b) >= 4; {
		n := int(order.Uint16(b))
		if n < 4 || n > len(b) {
			return 0, errShort
		}
		if order.Uint16(b[2:])&0x3fff == attrPacketHeader && n >= 8 {
			return binary.BigEndian.Uint32(b[4:]), nil
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return 0, fmt.Errorf("find the packet's id: %w", errShort)
}
