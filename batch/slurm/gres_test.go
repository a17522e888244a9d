package slurm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseGPUs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]gpuCount{
		"":                         {},
		"(null)":                   {},
		"gpu:4":                    {"": 4},
		"gpu:a100:4":               {"a100": 4},
		"gpu:a100:4(S:0-1)":        {"a100": 4},
		"gpu:a100:3(IDX:0-2)":      {"a100": 3},
		"gpu:a100:0(IDX:N/A)":      {"a100": 0},
		"gpu:a100:3(IDX:0,2-3)":    {"a100": 3},
		"gpu:0,shard:0":            {"": 0},
		"gpu:(null):0(IDX:N/A)":    {"": 0},
		"gpu:(null):2(IDX:0-1)":    {"": 2},
		"gpu:tesla:no_consume:2":   {"tesla": 2},
		"gpu:no_consume:2":         {"": 2},
		"gres/gpu:a100=4":          {"a100": 4},
		"gres/gpu=8,gres/shard=32": {"": 8},
		"gpu:a100:2(S:0),gpu:a100:2(S:1),gpu:v100:1": {"a100": 4, "v100": 1},
		"gpu:a100_1g.5gb:2(S:0-1),gpu:a100_3g.20gb:1(S:0-1)": {
			"a100_1g.5gb": 2, "a100_3g.20gb": 1,
		},
		"shard:a100:16(0/4,0/4),gpu:a100:2(IDX:0,1),mps:400,craynetwork:4":        {"a100": 2},
		"gpu:nvidia_h100_80gb_hbm3:8(IDX:0-7)":                                    {"nvidia_h100_80gb_hbm3": 8},
		"license:gpu:3,gpuless:2,gpu,gpu:,gpu:x,gpu:a100:-1,gpu:a100:99999999999": {},
		"gpu:1K": {"": 1024},
	} {
		if diff := cmp.Diff(want, parseGPUs(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func FuzzParseGPUs(f *testing.F) {
	for _, s := range []string{"gpu:a100:4(S:0-1),shard:8", "gpu:(null):0(IDX:N/A)", "gres/gpu:a100=4", "gpu:((((", "gpu:9G,gpu:9G"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for kind, n := range parseGPUs(text) {
			if n < 0 {
				t.Errorf("%q: %d of %q", text, n, kind)
			}
		}
	})
}
