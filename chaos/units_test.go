package chaos

import "testing"

func TestShare(t *testing.T) {
	for text, want := range map[string]Share{"10%": 0.1, "7%": 0.07, "0.5 %": 0.005, "0%": 0, "100%": 1} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: got %v, %v", text, float64(s), err)
		}
	}
	for _, bad := range []string{"", "10", "0.1", "%", "101%", "-1%", "NaN%", "ten%"} {
		var s Share
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, s)
		}
	}
	if got := Share(0.07).String(); got != "7%" {
		t.Error(got)
	}
}

func TestBitrate(t *testing.T) {
	for text, want := range map[string]Bitrate{"64kbit/s": 64000, "1.5 Mbit/s": 1500000, "2Gbit/s": 2e9, "800bit/s": 800} {
		var r Bitrate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%s: got %d, %v", text, r, err)
		}
	}
	for _, bad := range []string{"", "64", "64k", "64kB/s", "0bit/s", "-1kbit/s", "NaNkbit/s", "Infkbit/s", "1e30Gbit/s", "kbit/s"} {
		var r Bitrate
		if err := r.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, r)
		}
	}
	for want, r := range map[string]Bitrate{"64kbit/s": 64000, "1500kbit/s": 1500000, "2Gbit/s": 2e9, "801bit/s": 801, "0bit/s": 0} {
		if got := r.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
