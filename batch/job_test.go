package batch_test

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

func TestTotalGPUs(t *testing.T) {
	t.Parallel()
	q := batch.Queue{GPUs: []batch.GPU{{Type: "a100", Total: 8, Free: 3, Down: 4}, {Type: "v100", Total: 2}}}
	if total, free := q.TotalGPUs(); total != 10 || free != 3 {
		t.Errorf("got %d, %d", total, free)
	}
}

func TestRejectedSaysBoth(t *testing.T) {
	t.Parallel()
	err := &batch.Rejected{Reason: "There is no such partition", Native: "Invalid partition name specified"}
	if got := err.Error(); !strings.Contains(got, err.Reason) || !strings.Contains(got, err.Native) {
		t.Errorf("got %q", got)
	}
	err.Native = ""
	if got := err.Error(); strings.Contains(got, "(") {
		t.Errorf("got %q", got)
	}
}
