package fault

import (
	"flag"
	"os"
	"testing"
)

// atOnce is how many scenarios run at a time unless -parallel says otherwise:
// all of them. They wait much more than they work.
const atOnce = "12"

// The test binary is also the app that sessions run.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == appCommand {
		os.Exit(serveApp(os.Args[2]))
	}
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", atOnce)
	}
	os.Exit(m.Run())
}
