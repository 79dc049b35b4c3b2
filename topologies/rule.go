// A packet rule drops, loses, delays or limits the packets between a node and one
// peer, in one direction or both. It is an iptables or tc rule in the node's own
// network namespace.

package topologies

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// rule is one packet rule, as shell commands for the node's sidecar. $I is the
// iptables variant that works on this kernel.
type rule struct {
	id     string // also the comment of its lines, by which it is found
	number int    // number of its queue and of its class
	lines  []line
	before string        // commands before the lines are added
	after  string        // commands after the lines are removed
	delay  time.Duration // delay of its queue; 0: no queue
}

// line is one line of iptables.
type line struct {
	table, chain string
	last         bool // appended to the others, not inserted before them
	spec         string
}

// newRule is a rule without lines.
func newRule(number int) rule { return rule{id: fmt.Sprintf("holdfast-%d", number), number: number} }

// add adds a line to the rule.
func (r *rule) add(table, chain, spec string) {
	r.lines = append(r.lines, line{table: table, chain: chain, spec: strings.TrimSpace(spec + " -m comment --comment " + r.id)})
}

// ways adds the same iptables verdict for the packets in the given direction.
func (r *rule) ways(links []link, d Direction, match, verdict string) error {
	if d != In && d != Out && d != Both {
		return fmt.Errorf("direction %q: want in, out or both", d)
	}
	for _, l := range links {
		if d != Out {
			r.add("filter", "INPUT", fmt.Sprintf("-s %s%s -j %s", l.peers, match, verdict))
		}
		if d != In {
			r.add("filter", "OUTPUT", fmt.Sprintf("-d %s%s -j %s", l.peers, match, verdict))
		}
	}
	return nil
}

// dropRule drops every packet.
func dropRule(number int, links []link, d Direction) (rule, error) {
	r := newRule(number)
	return r, r.ways(links, d, "", "DROP")
}

// loseRule drops each packet with a probability, and counts those dropped.
func loseRule(number int, links []link, d Direction, share float64) (rule, error) {
	r := newRule(number)
	if err := CheckLoss(share); err != nil {
		return r, fmt.Errorf("lose %w", err)
	}
	return r, r.ways(links, d, " -m statistic --mode random --probability "+strconv.FormatFloat(share, 'f', -1, 64), "DROP")
}

// delayRule sends arriving packets to a queue. The mangle table comes before the
// filter table, so that a packet released by the queue still passes the rules that
// drop. If no process listens to the queue, packets pass without delay.
func delayRule(number int, links []link, by time.Duration) (rule, error) {
	r := newRule(number)
	if err := CheckDelay(by); err != nil {
		return r, fmt.Errorf("delay by %w", err)
	}
	r.delay = by
	for _, l := range links {
		r.add("mangle", "INPUT", fmt.Sprintf("-s %s -j NFQUEUE --queue-num %d --queue-bypass", l.peers, number))
	}
	r.after = fmt.Sprintf("sleep %.3f; kill $(cat %s) 2>/dev/null || true", by.Seconds(), r.pidFile())
	return r, nil
}

// pidFile is where the delayer of a rule writes its process id.
func (r rule) pidFile() string { return "/tmp/" + r.id + ".pid" }

// delayer is the command that delays the packets of the rule's queue.
func (r rule) delayer() []string {
	return []string{"sh", "-c", fmt.Sprintf("echo $$ > %s; exec site delay --queue %d --by %v", r.pidFile(), r.number, r.delay)}
}

// limitRule limits outgoing bandwidth, with a tc class of its own. Without links it
// applies to every device; a rule for one peer is appended and so takes precedence.
func limitRule(number int, links []link, bitsPerSecond int64) (rule, error) {
	r := newRule(number)
	if err := CheckBandwidth(bitsPerSecond); err != nil {
		return r, fmt.Errorf("limit to %w", err)
	}
	class := fmt.Sprintf("1:%x", number+0x10)
	devices := eachDevice
	if len(links) > 0 {
		devices = "$(" + devicesTo(links) + ")"
	}
	burst := max(bitsPerSecond/8/100, 1600) // 10 ms, at least one packet
	r.before = fmt.Sprintf("for d in %s; do tc qdisc show dev $d | grep -q 'htb 1:' || tc qdisc add dev $d root handle 1: htb direct_qlen 1000; "+
		"tc class add dev $d parent 1: classid %s htb rate %dbit burst %d quantum 1514; done", devices, class, bitsPerSecond, burst)
	r.after = fmt.Sprintf("for d in %s; do tc class del dev $d classid %s 2>/dev/null || true; "+
		"if tc qdisc show dev $d | grep -q 'htb 1:' && [ -z \"$(tc class show dev $d)\" ]; then tc qdisc del dev $d root; fi; done", eachDevice, class)
	verdict := "-j CLASSIFY --set-class " + class
	if len(links) == 0 {
		r.add("mangle", "POSTROUTING", verdict)
	}
	for _, l := range links {
		r.add("mangle", "POSTROUTING", fmt.Sprintf("-d %s %s", l.peers, verdict))
		r.lines[len(r.lines)-1].last = true
	}
	return r, nil
}

// eachDevice lists the devices of the node but the loopback.
const eachDevice = `$(ip -o link show up | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p' | grep -v '^lo$')`

// devicesTo lists the devices through which packets reach the peers.
func devicesTo(links []link) string {
	var asks []string
	for _, l := range links {
		asks = append(asks, "ip -o route get "+l.peers.String())
	}
	return "{ " + strings.Join(asks, "; ") + `; } | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u`
}

// set is the script that sets the rule.
func (r rule) set() string {
	var b strings.Builder
	b.WriteString("set -e\n")
	if r.before != "" {
		b.WriteString(r.before + "\n")
	}
	for _, l := range r.lines {
		verb := "-I"
		if l.last {
			verb = "-A"
		}
		fmt.Fprintf(&b, "$I -w 5 -t %s %s %s %s\n", l.table, verb, l.chain, l.spec)
	}
	return b.String()
}

// unset is the script that removes only this rule; it may run again.
func (r rule) unset() string {
	var b strings.Builder
	b.WriteString("set -e\n")
	for _, l := range r.lines {
		fmt.Fprintf(&b, "if $I -w 5 -t %s -C %s %s 2>/dev/null; then $I -w 5 -t %[1]s -D %s %s; fi\n", l.table, l.chain, l.spec, l.chain, l.spec)
	}
	if r.after != "" {
		b.WriteString(r.after + "\n")
	}
	return b.String()
}

// count is the script that prints the counters of the rule's chains.
func (r rule) count() string {
	var b strings.Builder
	b.WriteString("set -e\n")
	done := map[string]bool{}
	for _, l := range r.lines {
		if !done[l.table+l.chain] {
			fmt.Fprintf(&b, "$I -w 5 -t %s -nvxL %s\n", l.table, l.chain)
		}
		done[l.table+l.chain] = true
	}
	if r.delay > 0 {
		b.WriteString("sed 's/^ */" + queueWord + " /' /proc/net/netfilter/nfnetlink_queue\n")
	}
	return b.String()
}

// queueWord begins the line that count prints for a queue with a listening process.
// The kernel lists only such queues, and packets bypass the others.
const queueWord = "listened"

// ErrNoRule means that the kernel does not have a packet rule.
var ErrNoRule = errors.New("no such rule in the kernel")

// hits adds up the packets of the rule's lines in the output of count.
func (r rule) hits(text string) (uint64, error) {
	var sum uint64
	found, listened := 0, false
	for l := range strings.Lines(text) {
		listened = listened || strings.HasPrefix(l, fmt.Sprintf("%s %d ", queueWord, r.number))
		if !strings.Contains(l, "/* "+r.id+" */") {
			continue
		}
		packets, err := strconv.ParseUint(strings.Fields(l)[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the counter of %s: %w", r.id, err)
		}
		sum += packets
		found++
	}
	if found == 0 {
		return 0, fmt.Errorf("read the counter of %s: %w", r.id, ErrNoRule)
	}
	if found != len(r.lines) {
		return 0, fmt.Errorf("read the counter of %s: %d of its %d lines are there", r.id, found, len(r.lines))
	}
	if r.delay > 0 && !listened {
		return 0, fmt.Errorf("read the counter of %s: no process delays its packets any more", r.id)
	}
	return sum, nil
}

// roundTrip is the script that prints the round-trip time to an address in
// microseconds: it connects to a closed port, so that no process of the peer is
// involved. No answer within 5 s is an error.
func roundTrip(ip netip.Addr) string {
	return fmt.Sprintf(`timeout 5 bash -c 'now() { at=${EPOCHREALTIME/[.,]/}; }; now; began=$at; { true 3<>/dev/tcp/%s/1; } 2>/tmp/answer; now
grep -q refused /tmp/answer || { echo no answer >&2; exit 1; }; echo $((at-began))'`, ip)
}

// loopbackAddr is an unused address for the check for a working iptables.
var loopbackAddr = netip.MustParseAddr("127.0.0.9")

// findIptables is the script that prints the iptables variant that works here. The
// nft variant is tried first; older kernels support only the legacy one.
func findIptables() string {
	probe, _ := loseRule(0, []link{{peers: loopbackAddr}}, In, 0.5)
	try := strings.ReplaceAll(strings.TrimPrefix(probe.set(), "set -e\n")+strings.TrimPrefix(probe.unset(), "set -e\n"), "\n", " && ")
	return "for I in iptables-nft iptables-legacy iptables; do if { " + try + "true; } 2>>/tmp/why; then echo $I; exit 0; fi; done; cat /tmp/why; exit 1"
}
