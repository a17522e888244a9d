package slurm

import (
	"regexp"
	"strconv"
	"strings"
)

// gpuCount counts GPUs by type. The type is "" where Slurm does not tell.
type gpuCount map[string]int

// What follows a count: sockets or device numbers, "(S:0-1)", "(IDX:0-1,3)".
var gresDetail = regexp.MustCompile(`\((?:S|IDX|CNT):[^()]*\)`)

// parseGPUs reads sinfo's Gres and GresUsed: "gpu:a100:4(S:0-1),shard:8",
// "gpu:4", "gpu:a100_1g.5gb:2(IDX:0-1)", "gpu:(null):0(IDX:N/A)",
// "gpu:tesla:no_consume:2", and the "gres/gpu:a100=4" of TRES. Other kinds of
// gres are passed over, and so is what cannot be read.
func parseGPUs(text string) gpuCount {
	counts := gpuCount{}
	for _, item := range strings.Split(gresDetail.ReplaceAllString(text, ""), ",") {
		item = strings.TrimPrefix(strings.TrimSpace(item), "gres/")
		item = strings.Replace(item, "=", ":", 1)
		parts := strings.Split(item, ":")
		if parts[0] != "gpu" || len(parts) < 2 {
			continue
		}
		n, ok := gresNumber(parts[len(parts)-1])
		if !ok {
			continue
		}
		kind := ""
		if len(parts) > 2 && parts[1] != "(null)" && parts[1] != "no_consume" {
			kind = parts[1]
		}
		counts[kind] += n
	}
	return counts
}

// gresNumber reads a count with Slurm's binary multiples.
func gresNumber(s string) (int, bool) {
	unit := 1
	if s != "" {
		if u, ok := map[byte]int{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[s[len(s)-1]]; ok {
			unit, s = u, s[:len(s)-1]
		}
	}
	if len(s) > 6 { // nobody has a million GPUs in a node
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, false
	}
	return int(n) * unit, true
}
