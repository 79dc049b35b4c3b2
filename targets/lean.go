package targets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
)

// leanEnv makes a process the lean server, so that the server runs in a process of
// its own, as systems under test do.
const leanEnv = "HOLDFAST_LEAN_SERVER"

// hasLean is set by LeanMain. Without that call, a second process of the program
// would run the program itself instead of the lean server.
var hasLean atomic.Bool

// LeanMain must be the first call in main and in TestMain of every program that
// calls [StartLean]. In a process that was started as the server it serves until
// the parent process has ended, and never returns.
func LeanMain() {
	if os.Getenv(leanEnv) == "" {
		hasLean.Store(true)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	go serveLean(l)
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when the parent process ends, for any reason
	os.Exit(0)
}

// serveLean uses as little CPU as possible, since it shares the machine with the
// driver: it sends the same bytes after every empty line.
func serveLean(l net.Listener) {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 25\r\nContent-Type: application/json\r\n\r\n" + `{"id":"1","value":"seed"}`)
	for {
		c, err := l.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go func() {
			defer c.Close()
			in := bufio.NewReader(c)
			for {
				line, err := in.ReadSlice('\n')
				if err != nil {
					return
				}
				if len(line) == 2 {
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}
		}()
	}
}

// StartLean starts a server on this machine, in a process of its own, that answers
// every read at once and uses very little CPU: the highest rate of the generator is
// measured against it. It returns the server's address and a function that stops
// it; the server also ends when this process ends.
func StartLean() (addr string, stop func(), err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("start the lean server: %w", err)
		}
	}()
	if !hasLean.Load() {
		return "", nil, errors.New("this program does not call targets.LeanMain")
	}
	file, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	self := exec.Command(file)
	self.Env = append(os.Environ(), leanEnv+"=1")
	self.Stderr = os.Stderr
	leash, err := self.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := self.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := self.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = leash.Close()
		_ = self.Process.Kill()
		_ = self.Wait() // it was killed, so the error is expected
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("it did not print its address: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}
