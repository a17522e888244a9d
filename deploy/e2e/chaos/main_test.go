package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// atOnce is how many gateways are disturbed at a time. They wait more than they
// work.
const atOnce = "5"

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
	fmt.Printf("CHAOS_SEED=%d\n", seed)
	code := m.Run()
	removeBuilt()
	os.Exit(code)
}

var seed = number("CHAOS_SEED", time.Now().UnixNano()%1_000_000)

// random is a source of its own for each purpose, so that one's use does not
// change another's.
func random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), purpose)) }

func number(variable string, fallback int64) int64 {
	text := os.Getenv(variable)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		panic(variable + " must be a number from 1 up")
	}
	return n
}

// span reads a length of time.
func span(variable string, fallback time.Duration) time.Duration {
	text := os.Getenv(variable)
	if text == "" {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		panic(variable + ` must be a length of time like "1h"`)
	}
	return d
}
