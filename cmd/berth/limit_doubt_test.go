package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// A slip of the pen in a limit is said, and what cannot be known is not.
func TestPlaceDoubts(t *testing.T) {
	t.Parallel()
	main := session.Standing{Cluster: "main", Queues: []batch.Queue{
		{Name: "gpu", GPUs: []batch.GPU{{Type: "a100"}}}, {Name: "small", GPUs: []batch.GPU{{Type: "v100"}}},
	}}
	silent := session.Standing{Cluster: "silent"}
	in := func(cluster, queue, gpu string) limit.Rule {
		return limit.Rule{Scope: limit.Scope{Cluster: cluster, Queue: queue}, GPUType: gpu}
	}
	for _, c := range []struct {
		name  string
		known []session.Standing
		rule  limit.Rule
		want  []string
	}{
		{"a partition that is there", []session.Standing{main}, in("", "gpu", ""), nil},
		{"one that is not", []session.Standing{main}, in("main", "gpuu", ""), []string{`no cluster has a partition "gpuu" now; did you mean "gpu"?`}},
		{"a type that is there, written otherwise", []session.Standing{main}, in("", "", "A100"), nil},
		{"a type of another partition", []session.Standing{main}, in("", "gpu", "v100"), []string{`there are no GPUs of type "v100" there now; did you mean "a100"?`}},
		{"a cluster that does not answer", []session.Standing{main, silent}, in("", "gpuu", ""), nil},
		{"another one that does", []session.Standing{main, silent}, in("main", "gpuu", ""), []string{`no cluster has a partition "gpuu" now; did you mean "gpu"?`}},
		{"nobody was asked", nil, in("", "gpuu", "h100"), nil},
	} {
		if diff := cmp.Diff(c.want, placeDoubts(c.known, []limit.Rule{c.rule, c.rule})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestLimitDoubts(t *testing.T) {
	t.Parallel()
	config, _ := testConfig(t, "")
	notes := func(args ...string) string {
		t.Helper()
		var stderr bytes.Buffer
		root := newRoot()
		root.SetArgs(append(args, "--config="+config))
		root.SetOut(io.Discard)
		root.SetErr(&stderr)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Errorf("berth %s: %v", strings.Join(args, " "), err)
		}
		return stderr.String()
	}
	const nobody = "note: \"nobody\" has never signed in\n"
	file := write(t, "limits:\n  - {user: nobody, set: {gpus: 3}}\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"limit", "set", "gpus", "2"}, ""},
		{[]string{"limit", "set", "gpus", "2", "-u", "nobody"}, nobody},
		{[]string{"limit", "apply", "-f", file, "--dry-run"}, nobody},
		{[]string{"limit", "apply", "-f", file, "--yes"}, nobody},
		{[]string{"limit", "apply", "-f", file, "--yes"}, ""}, // nothing is changed
	} {
		if got := notes(c.args...); got != c.want {
			t.Errorf("%s: %q, want %q", strings.Join(c.args, " "), got, c.want)
		}
	}
	if got := notes("limit", "set", "apps", "labb"); !strings.HasPrefix(got, `note: there is no app "labb"`) {
		t.Errorf("an app that is not there: %q", got)
	}
}
