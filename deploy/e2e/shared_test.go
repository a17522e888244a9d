package e2e

import (
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestOneGateway runs the scenarios that leave their gateway alone on one that
// they share, at the same time, as a site's users would.
func TestOneGateway(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "shared", func(c *site.Config) { c.Apps = extraApps + mirrorApp + presetApps + diskApps + meteredApp })
	for _, scenario := range []struct {
		name string
		run  func(*testing.T, *site.Gateway)
	}{
		{"a notebook in the browser", notebookInBrowser},
		{"the pages", pages},
		{"a session by the API", sessionByAPI},
		{"requests signed with a token", signedRequests},
		{"as VS Code calls", asVSCode},
		{"nobody reaches another's session", othersSessions},
		{"secrets stay where they belong", secretsStay},
		{"a job cancelled outside", cancelledOutside},
		{"a job that is requeued", requeuedJob},
		{"a notebook that is killed", killedNotebook},
		{"a notebook that quits", quittingNotebook},
		{"an app that fails", failingApp},
		{"an app of the site's own", ownApp},
		{"a full disk and a home that cannot be written", badDisks},
		{"a desktop in the browser", desktopInBrowser},
		{"a terminal in the browser", terminalInBrowser},
		{"the command line", commandLine},
		{"what a session uses", measuredUse},
		{"bad requests", badRequests},
		{"bad sign-ins", badSignIns},
	} {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			scenario.run(t, g)
		})
	}
}

// extraApps are catalogue entries that end by themselves.
const extraApps = `  - id: failing
    name: Failing
    command: [/bin/sh, -c, "echo the licence server says no; exit 7"]
`
