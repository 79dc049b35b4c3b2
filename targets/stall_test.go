package targets

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-lab/holdfast/results"
)

// stalledEnv makes this test's program a driver that attacks the address in it,
// so that it can be stopped and let go on.
const stalledEnv = "HOLDFAST_STALLED_DRIVER"

// stalledMain attacks for 3 s, says when it began, and prints what it saw.
func stalledMain() {
	addr := os.Getenv(stalledEnv)
	if addr == "" {
		return
	}
	a := Attack{Rate: Rate{Constant: 100}, For: 3 * time.Second, Timeout: time.Second, Mix: Mix{"read": 1}, Keys: Keys{Users: 1}}
	var all results.History
	began := time.Now()
	load, err := a.Fire(context.Background(), at(addr), began, func(q results.Request) {
		if all = append(all, q); len(all) == 50 {
			fmt.Println(began.UnixNano())
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(driven{load, all}); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// driven is what a driver saw.
type driven struct {
	Load     results.Load
	Requests results.History
}

// TestStallsAreRecorded stops a driver for 590 ms and lets it go on.
func TestStallsAreRecorded(t *testing.T) {
	addr, stop, err := StartLean()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	self := exec.CommandContext(t.Context(), os.Args[0])
	self.Env = append(os.Environ(), stalledEnv+"="+addr)
	self.Stderr = os.Stderr
	out, err := self.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReaderSize(out, 1<<20)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	nanos, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Unix(0, nanos)
	const length = 590 * time.Millisecond
	if err := self.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var state syscall.WaitStatus
	if _, err := syscall.Wait4(self.Process.Pid, &state, syscall.WUNTRACED, nil); err != nil || !state.Stopped() {
		t.Fatalf("the driver does not stand still: %v, %v", state, err)
	}
	from := time.Since(began)
	stopped, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	<-stopped.Done() // as long as the driver shall stand still
	to := time.Since(began)
	if err := self.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	var d driven
	if err := json.NewDecoder(in).Decode(&d); err != nil {
		t.Fatal(err)
	}
	if err := self.Wait(); err != nil {
		t.Fatal(err)
	}
	longest := slices.MaxFunc(d.Load.Stalls, func(a, b results.Stall) int { return int(a.For - b.For) })
	if longest.At > from || longest.End() < to || to-from < length {
		t.Fatalf("stalls %v, want one from %v to %v", d.Load.Stalls, from, to)
	}
	late := 0
	for _, q := range d.Requests {
		if q.Intended > from && q.Intended < to {
			late++
		}
		if q.Sent > from && q.Sent < to {
			t.Errorf("request %d left at %v, within the stall from %v to %v", q.Seq, q.Sent, from, to)
		}
	}
	if late < 50 {
		t.Errorf("%d requests were due in the stall", late)
	}
}

func TestHeartbeatKeepsStalls(t *testing.T) {
	began := time.Now()
	at := func(ms float64) time.Time { return began.Add(time.Duration(ms * float64(time.Millisecond))) }
	h := &heartbeat{began: began}
	due := at(1)
	for _, now := range []float64{
		1.2, 2.1, // on time
		8,        // the beat of 3 is 5 late, which is allowed
		14.0001,  // the beat of 9 is a little more than that
		20,       // the beat of 15 is 5 late
		600,      // the beat of 21 is 579 late
		611,      // and as that ended, the beat of 601 was 10 late
		650, 651, // a stall of its own would begin at 611
	} {
		due = h.wake(due, at(now))
	}
	var l results.Load
	h.read(&l)
	want := []results.Stall{{At: 8 * time.Millisecond, For: 6000100}, {At: 20 * time.Millisecond, For: 630 * time.Millisecond}}
	if !slices.Equal(l.Stalls, want) {
		t.Errorf("stalls %v, want %v", l.Stalls, want)
	}
	if due != at(652) {
		t.Errorf("the next beat is due %v after the begin", due.Sub(began))
	}
	for n := range mostStalls + 10 {
		h.stalled(time.Duration(n+1)*time.Second, time.Duration(n+1)*time.Second+10*time.Millisecond)
	}
	h.read(&l)
	if last := l.Stalls[len(l.Stalls)-1]; len(l.Stalls) != mostStalls || last.End() != (mostStalls+10)*time.Second+10*time.Millisecond {
		t.Errorf("%d stalls, the last to %v", len(l.Stalls), last.End())
	}
}
