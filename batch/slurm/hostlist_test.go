package slurm

import (
	"slices"
	"strings"
	"testing"
)

func TestExpandHosts(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"": "", "c1": "c1", "c[1-2]": "c1 c2", "a[1,3,5-7],b": "a1 a3 a5 a6 a7 b", "n[08-11]": "n08 n09 n10 n11",
		"n[001-3]": "n001 n002 n003", "n[1-2]r[01-02]": "n1r01 n1r02 n2r01 n2r02", "x[1-2][3-4]": "x13 x14 x23 x24",
		"n[1,01]": "n1 n01", "a,,b": "a b", "[1-3]": "1 2 3", "x[1-2]-ib": "x1-ib x2-ib", "gpu-a.site": "gpu-a.site",
		"n[9-11]": "n9 n10 n11", "n[1-2],n[1-2]": "n1 n2 n1 n2",
	} {
		got, err := expandHosts(list)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s (%v)", list, got, want, err)
		}
	}
	for _, list := range []string{"n[", "n]", "n[]", "n[1-2", "n[2-1]", "n[a-c]", "n[1-3x]", "n[[1-2]]", "n[1-99999999]", "n[1-70000]", "n[1-300][1-300]", "n[-1]", "n[1--2]", "n[1,]"} {
		if got, err := expandHosts(list); err == nil {
			t.Errorf("%q was expanded to %d hosts", list, len(got))
		}
	}
}

func FuzzExpandHosts(f *testing.F) {
	for _, s := range []string{"c[1-2]", "n[1-2]r[01-02],x", "a[1,3,5-7]b[", "[[]]", "n[1-65536]", "é[1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		hosts, err := expandHosts(list)
		if err != nil {
			return
		}
		if len(hosts) > mostHosts {
			t.Fatalf("%q is %d hosts", list, len(hosts))
		}
		for _, h := range hosts {
			if strings.ContainsAny(h, "[],") || h == "" {
				t.Fatalf("%q has the host %q", list, h)
			}
		}
		again, err := expandHosts(strings.Join(hosts, ","))
		if err != nil || !slices.Equal(hosts, again) {
			t.Fatalf("%q: the hosts written out are other hosts", list)
		}
	})
}
