package api_test

import (
	"net/http"
	"testing"
)

func TestMeSaysWhoAndByWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for user, want := range map[string]string{
		"alice":   `{"name":"alice","display_name":"Alice Adams","mail":"alice@example.org","groups":["physics","staff"],"admin":true,"via":"cookie","scopes":["inherit"]}`,
		"bob":     `{"name":"bob","display_name":null,"mail":null,"groups":["students"],"admin":false,"via":"cookie","scopes":["inherit"]}`,
		"program": `{"name":"alice","display_name":null,"mail":null,"groups":[],"admin":false,"via":"token","scopes":["self"]}`,
	} {
		r := s.get(user, "/me")
		r.want(t, http.StatusOK)
		if string(r.body) != want {
			t.Errorf("%s: %s", user, r.body)
		}
	}
	s.get("", "/me").want(t, http.StatusUnauthorized)
}
