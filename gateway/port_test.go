package gateway

import "testing"

func TestPortOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		"/user/alice/lab/":                   0,
		"/user/alice/lab/port":               0,
		"/user/alice/lab/tree/port/8080/":    0,
		"/user/alice/lab/port/8080":          8080,
		"/user/alice/lab/port/8080/":         8080,
		"/user/alice/lab/port/65535/a/b?c=d": 65535,
		"/user/alice/lab/port/1023/":         -1, // the node's own
		"/user/alice/lab/port/0/":            -1,
		"/user/alice/lab/port/65536/":        -1,
		"/user/alice/lab/port/08080/":        -1,
		"/user/alice/lab/port/+8080/":        -1,
		"/user/alice/lab/port/http/":         -1,
		"/user/alice/lab/port//8080/":        -1,
		"/user/alice/lab/port/%38080/":       -1,
	} {
		got, err := portOf(path)
		if (err != nil) != (want < 0) || (err == nil && int(got) != want) {
			t.Errorf("%s: %d, %v", path, got, err)
		}
	}
}
