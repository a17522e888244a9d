package health_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/health"
)

var now = time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

func yes(b bool) *bool { return &b }

// well is an installation with nothing wrong.
func well() health.Facts {
	return health.Facts{
		Now: now, Schema: health.Schema{Current: 9, Needed: 9}, Secure: yes(true), Led: yes(true), Skew: 300 * time.Millisecond,
		Clusters: []health.Cluster{{Name: "nova", Answered: ago(10 * time.Second), Every: 15 * time.Second}},
		Replicas: []health.Replica{{Name: "gw1", Heartbeat: ago(2 * time.Second)}},
		Compared: ago(3 * time.Second), CompareEvery: 5 * time.Second,
		Jobs:         []health.Job{{Name: "purge", LastOK: ago(time.Hour), Due: now.Add(time.Hour)}},
		Certificates: []health.Certificate{{What: "the site", Ends: now.AddDate(0, 3, 0)}},
		Disk:         health.Disk{Path: "/var/lib/berth", Free: 50 << 30, Total: 100 << 30},
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*health.Facts)
		code  string
		says  string
	}{
		"database":           {func(f *health.Facts) { f.Database = errors.New("refused\nmore") }, "B-001", "refused"},
		"schema":             {func(f *health.Facts) { f.Schema.Current = 8 }, "B-002", "version 8"},
		"cluster down":       {func(f *health.Facts) { f.Clusters[0].DownSince = ago(3 * time.Minute) }, "B-003", "3 min"},
		"cluster silent":     {func(f *health.Facts) { f.Clusters[0].Answered, f.Clusters[0].Err = time.Time{}, "no sinfo" }, "B-004", "no sinfo"},
		"queues stale":       {func(f *health.Facts) { f.Clusters[0].Answered = ago(61 * time.Second) }, "B-005", "1 min old"},
		"no leader":          {func(f *health.Facts) { f.Led = yes(false) }, "B-006", "lock"},
		"not compared":       {func(f *health.Facts) { f.Compared = ago(2 * time.Minute) }, "B-007", "2 min ago"},
		"clock ahead":        {func(f *health.Facts) { f.Skew = 4 * time.Second }, "B-008", "4s ahead"},
		"clock behind":       {func(f *health.Facts) { f.Skew = -3 * time.Second }, "B-008", "3s behind"},
		"job fails":          {func(f *health.Facts) { f.Jobs[0].Failures, f.Jobs[0].Detail = 3, "disk full" }, "B-009", "3 times in a row"},
		"job late":           {func(f *health.Facts) { f.Jobs[0].Due = ago(6 * time.Minute) }, "B-010", "6 min ago"},
		"orphans":            {func(f *health.Facts) { f.Orphans = 1 }, "B-011", "1 such job"},
		"missing":            {func(f *health.Facts) { f.Missing = 2 }, "B-012", "2 live sessions"},
		"disconnected":       {func(f *health.Facts) { f.Disconnected = 2 }, "B-013", "2 sessions"},
		"certificate ends":   {func(f *health.Facts) { f.Certificates[0].Ends = now.AddDate(0, 0, 10) }, "B-014", "in 10 days"},
		"certificate ended":  {func(f *health.Facts) { f.Certificates[0].Ends = ago(time.Hour) }, "B-014", "ended on 2026-11-23"},
		"disk full":          {func(f *health.Facts) { f.Disk.Free = 4 << 30 }, "B-015", "4096 MB"},
		"disk small":         {func(f *health.Facts) { f.Disk.Free, f.Disk.Total = 100<<20, 1<<30 }, "B-015", "100 MB"},
		"plain http":         {func(f *health.Facts) { f.Secure = yes(false) }, "B-016", "http://"},
		"silent replica":     {func(f *health.Facts) { f.Replicas[0].Heartbeat = ago(time.Minute) }, "B-017", "gw1"},
		"a job that is late": {func(f *health.Facts) { f.Jobs[0].Due, f.Jobs[0].Running = ago(time.Hour), true }, "", ""},
		"nothing looked at":  {func(f *health.Facts) { *f = health.Facts{Now: now} }, "", ""},
		"all well":           {func(*health.Facts) {}, "", ""},
	} {
		f := well()
		c.spoil(&f)
		found := health.Check(f)
		switch {
		case c.code == "" && len(found) > 0:
			t.Errorf("%s: %+v", name, found)
		case c.code != "" && (len(found) != 1 || found[0].Code != c.code || !strings.Contains(found[0].Detail, c.says)):
			t.Errorf("%s: %+v, want %s with %q", name, found, c.code, c.says)
		}
	}
}

func TestWorstComesFirst(t *testing.T) {
	t.Parallel()
	f := well()
	f.Secure, f.Orphans, f.Led = yes(false), 1, yes(false)
	var codes []string
	for _, finding := range health.Check(f) {
		codes = append(codes, finding.Code)
	}
	if !slices.Equal(codes, []string{"B-006", "B-011", "B-016"}) {
		t.Error(codes)
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	last := ""
	for _, k := range health.Catalogue() {
		if k.Code <= last || k.Title == "" || k.Means == "" || k.Fix == "" {
			t.Errorf("%+v after %s", k, last)
		}
		last = k.Code
	}
}
