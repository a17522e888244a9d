package api_test

import (
	"net/http"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestLimitsAreOnesOwnWithWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	everyone := limit.Who{Kind: limit.Everyone}
	s.store.SetLimits(limit.Set{
		Rules: []limit.Rule{
			fairShare,
			{ID: "aaaaaaaaaaaaaaaa", Who: everyone, Field: limit.GPUs, GPUType: "a100", Value: 3, SetBy: "carol"},
			{ID: "bbbbbbbbbbbbbbbb", Who: everyone, Field: limit.GPUHoursDay, Value: 360000, SetBy: "carol", Note: "fair"},
			{ID: "cccccccccccccccc", Who: everyone, Field: limit.Use, SetBy: "carol", Scope: limit.Scope{Queue: "gpu-small"}},
			{ID: "dddddddddddddddd", Who: everyone, Field: limit.Apps, Apps: []string{"lab", "notebook"}, SetBy: "carol"},
		},
		Maintenance: []limit.Window{{ID: "eeeeeeeeeeeeeeee", From: noon.Add(30 * 3600e9), Until: noon.Add(40 * 3600e9), Text: "disks", SetBy: "carol"}},
	})
	s.launch("alice", `{"name": "one", "queue": "gpu", "gpus": 1, "time_limit": "2h"}`)
	r := s.get("alice", "/limits")
	r.want(t, http.StatusOK)
	list := decode[api.LimitList](t, r.body)
	if list.User != "alice" || len(list.Places) != 3 {
		t.Fatalf("%+v", list)
	}
	for _, p := range list.Places {
		if (p.Closed != nil) != (p.Queue == "gpu-small") {
			t.Errorf("%s: closed %+v", p.Queue, p.Closed)
		}
		if len(p.Maintenance) != 1 || p.Maintenance[0].LongestSeconds != 30*3600-180 {
			t.Errorf("%s: %+v", p.Queue, p.Maintenance)
		}
		left := map[string]int64{}
		for _, l := range p.Limits {
			if l.Left != nil {
				left[l.Limit] = *l.Left
			}
		}
		if left["gpus"] != 2 || left["gpu-hours/day"] != 360000-2*3600 {
			t.Errorf("%s: left %v", p.Queue, left)
		}
	}
	r = s.get("bob", "/limits?queue=gpu")
	r.want(t, http.StatusOK)
	if list = decode[api.LimitList](t, r.body); len(list.Places) != 1 || list.User != "bob" {
		t.Errorf("%+v", list)
	}
	s.get("alice", "/limits?queue=nosuch").want(t, http.StatusNotFound)
	s.get("", "/limits").want(t, http.StatusUnauthorized)
	s.store.Fail(session.ErrStore)
	s.get("alice", "/limits").want(t, http.StatusServiceUnavailable)
}
