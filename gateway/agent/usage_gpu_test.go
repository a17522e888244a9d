package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// What nvidia-smi says in its good and bad days.
func TestParseGPUs(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	h100 := tunnel.GPUUsage{
		Index: "3", UUID: "GPU-4b1c3a52-9f0e-4c3d-8a77-1d2e3f405162", Name: "NVIDIA H100 80GB HBM3", Utilization: 97, MemoryUsed: 72 * gib, MemoryTotal: 80 * gib,
	}
	const line = "3, GPU-4b1c3a52-9f0e-4c3d-8a77-1d2e3f405162, NVIDIA H100 80GB HBM3, 97, 73728, 81920\n"
	unknown := h100
	unknown.Utilization, unknown.MemoryUsed = -1, 0
	for name, c := range map[string]struct {
		text string
		want []tunnel.GPUUsage
	}{
		"one":                {line, []tunnel.GPUUsage{h100}},
		"DOS line ends":      {strings.ReplaceAll(line, "\n", "\r\n"), []tunnel.GPUUsage{h100}},
		"no end of the line": {strings.TrimSuffix(line, "\n"), []tunnel.GPUUsage{h100}},
		"among others":       {"0, GPU-0, NVIDIA H100 80GB HBM3, 1, 2, 3\n" + line, []tunnel.GPUUsage{h100}},
		"said twice":         {line + line, []tunnel.GPUUsage{h100}},
		"cut into instances": {strings.NewReplacer(" 97", " [N/A]", " 73728", " [N/A]").Replace(line), []tunnel.GPUUsage{unknown}},
		"fallen off the bus": {strings.NewReplacer(" 97", " [Unknown Error]", " 73728", " [GPU is lost]").Replace(line), []tunnel.GPUUsage{unknown}},
		"not supported":      {strings.NewReplacer(" 97", " [Not Supported]", " 73728", " -1").Replace(line), []tunnel.GPUUsage{unknown}},
		"nonsense numbers":   {strings.NewReplacer(" 97", " 1e999", " 73728", " 99999999999999999999").Replace(line), []tunnel.GPUUsage{unknown}},
		"not a number":       {strings.NewReplacer(" 97", " NaN", " 73728", " ").Replace(line), []tunnel.GPUUsage{unknown}},
		"none there":         {"No devices were found\n", nil},
		"no driver":          {"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", nil},
		"a torn line":        {line[:40], nil},
		"too many fields":    {strings.TrimSuffix(line, "\n") + ", 1\n", nil},
		"nothing":            {"", nil},
		"zeros":              {strings.Repeat("\x00", 100) + "\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.want, parseGPUs(c.text, []string{"3"})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
