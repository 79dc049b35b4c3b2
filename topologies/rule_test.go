package topologies

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var wireTo = []link{{netip.MustParseAddr("198.18.1.10"), netip.MustParseAddr("198.18.1.11")}}

func TestRules(t *testing.T) {
	drop, _ := dropRule(7, wireTo, Both)
	lose, _ := loseRule(8, wireTo, Out, 0.01)
	delay, _ := delayRule(9, wireTo, 50*time.Millisecond)
	limit, _ := limitRule(10, wireTo, 64_000)
	every, _ := limitRule(11, nil, 1_000_000)
	for _, c := range []struct {
		script string
		want   []string
	}{
		{drop.set(), []string{"-t filter -I INPUT -s 198.18.1.11 -j DROP -m comment --comment holdfast-7\n", "-I OUTPUT -d 198.18.1.11 -j DROP"}},
		{drop.unset(), []string{"if $I -w 5 -t filter -C INPUT -s 198.18.1.11 -j DROP", "then $I -w 5 -t filter -D INPUT -s 198.18.1.11 -j DROP -m comment --comment holdfast-7; fi"}},
		{lose.set(), []string{"-I OUTPUT -d 198.18.1.11 -m statistic --mode random --probability 0.01 -j DROP"}},
		{delay.set(), []string{"-t mangle -I INPUT -s 198.18.1.11 -j NFQUEUE --queue-num 9 --queue-bypass"}},
		{delay.unset(), []string{"sleep 0.050; kill"}},
		{strings.Join(delay.delayer(), " "), []string{"exec site delay --queue 9 --by 50ms"}},
		{limit.set(), []string{"htb rate 64000bit burst 1600", "-A POSTROUTING -d 198.18.1.11 -j CLASSIFY --set-class 1:1a"}},
		{every.set(), []string{"-I POSTROUTING -j CLASSIFY --set-class 1:1b"}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.script, want) {
				t.Errorf("script lacks %q:\n%s", want, c.script)
			}
		}
	}
	if strings.Contains(lose.set(), "INPUT") {
		t.Error("a rule for what leaves also meets what arrives")
	}
}

func TestInvalidRules(t *testing.T) {
	_, direction := dropRule(1, wireTo, "up")
	_, none := loseRule(1, wireTo, Both, 0)
	_, more := loseRule(1, wireTo, Both, 1.1)
	_, now := delayRule(1, wireTo, 0)
	_, slow := limitRule(1, wireTo, 0)
	for i, err := range []error{direction, none, more, now, slow} {
		if err == nil {
			t.Errorf("case %d passed", i)
		}
	}
}

// TestHitsOfADelayWithoutItsProcess shows that packets which pass undelayed do
// not count, although the rule meets them.
func TestHitsOfADelayWithoutItsProcess(t *testing.T) {
	const line = "      12      720 NFQUEUE    0    --  *      *       198.18.1.11          0.0.0.0/0            /* holdfast-9 */ NFQUEUE num 9 bypass\n"
	r, _ := delayRule(9, wireTo, 50*time.Millisecond)
	if n, err := r.hits(line + "listened 9     10     0 1     0     0     0       12  1\n"); err != nil || n != 12 {
		t.Errorf("hits %d, %v", n, err)
	}
	for _, others := range []string{"", "listened 90     10     0 1     0     0     0       12  1\n"} {
		if _, err := r.hits(line + others); err == nil || errors.Is(err, ErrNoRule) || !strings.Contains(err.Error(), "no process delays") {
			t.Errorf("nobody listens, and yet: %v", err)
		}
	}
	if _, err := r.hits(""); !errors.Is(err, ErrNoRule) {
		t.Errorf("a delay that was lifted: %v", err)
	}
}

func TestHits(t *testing.T) {
	const text = `Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
    pkts      bytes target     prot opt in     out     source               destination
      12      720 DROP       0    --  *      *       198.18.1.11          0.0.0.0/0            /* holdfast-7 */
       5      300 DROP       0    --  *      *       198.18.1.11          0.0.0.0/0            /* holdfast-70 */
Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
       3      180 DROP       0    --  *      *       0.0.0.0/0            198.18.1.11          /* holdfast-7 */
`
	r, _ := dropRule(7, wireTo, Both)
	if n, err := r.hits(text); err != nil || n != 15 {
		t.Errorf("hits %d, %v", n, err)
	}
	if _, err := r.hits("nothing"); !errors.Is(err, ErrNoRule) {
		t.Errorf("a rule that is not there: %v", err)
	}
	if _, err := r.hits(strings.Split(text, "Chain OUTPUT")[0]); err == nil || errors.Is(err, ErrNoRule) {
		t.Errorf("half a rule: %v", err)
	}
}
