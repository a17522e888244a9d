package api_test

import (
	"net/http"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
)

// TestPresetsWithoutAStore: a site that keeps none says so, and what is wrong
// with one is named. Package sql has the rest.
func TestPresetsWithoutAStore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if list := decode[api.PresetList](t, s.get("alice", "/presets").body); list.Presets == nil || len(list.Presets) != 0 {
		t.Errorf("%+v", list)
	}
	for body, status := range map[string]int{
		`{"request": {"gpus": 1}}`:                         http.StatusUnprocessableEntity,
		`{"name": 7, "request": {}}`:                       http.StatusUnprocessableEntity,
		`{"name": "a", "request": []}`:                     http.StatusUnprocessableEntity,
		`{"name": "a", "request": {"gpus": [1]}}`:          http.StatusUnprocessableEntity,
		`{"name": "a", "request": {"ram": "1G"}}`:          http.StatusUnprocessableEntity,
		`{"name": "a", "owner": "bob", "request": {}}`:     http.StatusUnprocessableEntity,
		`{"name": "a", "request": {}}`:                     http.StatusUnprocessableEntity,
		`{"name": "a", "request": {"gpus": 1, "gpus": 2}}`: http.StatusBadRequest,
	} {
		if r := s.post("alice", "/presets", body); r.status != status {
			t.Errorf("%s: %d, want %d: %s", body, r.status, status, r.body)
		}
	}
}
