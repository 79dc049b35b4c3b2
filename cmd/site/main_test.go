package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
)

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		nil, {"fly"}, {"web", "x"}, {"probe"}, {"probe", "--ports", "x", "127.0.0.1"}, {"probe", "--from-port", "0", "127.0.0.1"},
		{"probe", "--timeout", "0s", "127.0.0.1"}, {"delay", "--queue", "65536"}, {"delay", "--by", "-1s"}, {"delay", "--nonsense"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestProbe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	var out bytes.Buffer
	if err := run(t.Context(), []string{"probe", "--ports", fmt.Sprint(port), "127.0.0.1", "localhost"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Host  string
		Tried int
		Open  []int
	}
	d := json.NewDecoder(&out)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if err := d.Decode(&report); err != nil || report.Host != host || report.Tried != 1 {
			t.Errorf("%+v, %v", report, err)
		}
	}
	if err := run(t.Context(), []string{"probe", "--ports", "1", "no-such-host.invalid"}, &out, io.Discard); err == nil {
		t.Error("an unknown host was probed")
	}
}
