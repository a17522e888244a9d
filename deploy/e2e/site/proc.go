package site

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// Process finds the one process whose arguments have all these texts. The
// cluster has a process table of its own, with the processes of every node.
func (c Cluster) Process(t testing.TB, texts ...string) int {
	t.Helper()
	var pid int
	await.That(t, 10*time.Second, "one process of "+strings.Join(texts, " "), func() error {
		var found []int
		for id, argv := range Table("cmdline") {
			if id != os.Getpid() && hasAll(argv, texts) {
				found = append(found, id)
			}
		}
		if len(found) != 1 {
			return fmt.Errorf("found %v", found)
		}
		pid = found[0]
		return nil
	})
	return pid
}

// Table reads one file of every process's folder in /proc. Processes that have
// ended meanwhile are left out.
func Table(file string) map[int]string {
	table := map[int]string{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, file))
		id, _ := strconv.Atoi(filepath.Base(folder))
		if err == nil && id > 0 {
			table[id] = string(text)
		}
	}
	return table
}

func hasAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
