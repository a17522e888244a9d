package health_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/health"
)

// The manual has every kind of finding, in the catalogue's own words.
func TestManualHasEveryFinding(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../deploy/docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| code | severity | finding | what it means | what to do |\n|---|---|---|---|---|\n")
	for _, k := range health.Catalogue() {
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", k.Code, k.Severity, k.Title, k.Means, k.Fix)
	}
	if !strings.HasSuffix(string(data), "\n"+table.String()) {
		t.Errorf("the end of deploy/docs/admin.md should be:\n%s", table.String())
	}
}
