package door

import (
	"io"
	"net"
	"path/filepath"
	"testing"
)

func TestDoor(t *testing.T) {
	daemon, socket := filepath.Join(t.TempDir(), "daemon"), filepath.Join(t.TempDir(), "door")
	l, err := net.Listen("unix", daemon)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // says back what it hears
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); c.Close() }()
		}
	}()
	d := New(socket, daemon)
	for range 2 { // shut, it opens again
		if err := d.Open(); err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		word := make([]byte, 2)
		_, err = c.Write([]byte("hi"))
		if _, err2 := io.ReadFull(c, word); err != nil || err2 != nil || string(word) != "hi" {
			t.Fatalf("heard %q, %v, %v", word, err, err2)
		}
		d.Shut()
		d.Shut()
		if _, err := c.Read(word); err == nil {
			t.Error("a connection outlived the door")
		}
		if _, err := net.Dial("unix", socket); err == nil {
			t.Error("a door that is shut lets in")
		}
	}
}
