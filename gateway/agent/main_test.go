package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is also the app that an agent starts: TEST_APP says which
// kind.
func TestMain(m *testing.M) {
	if kind := os.Getenv("TEST_APP"); kind != "" {
		os.Exit(runTestApp(kind))
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// seen is what the app finds around itself.
type seen struct {
	Args []string
	Env  []string
	Dir  string
	PID  int
	PGID int
}

func runTestApp(kind string) int {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	switch kind {
	case "exit":
		fmt.Println("out of luck")
		fmt.Fprintln(os.Stderr, "no luck either")
		fmt.Print("no end of line")
		code, _ := strconv.Atoi(os.Args[1])
		return code
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "deaf": // neither serves nor ends when asked
		fmt.Println("deaf")
		for {
			<-terminated
		}
	case "listen": // until its input ends
		ln, err := net.Listen("tcp", os.Args[1])
		if err != nil {
			return 1
		}
		fmt.Println("listening")
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = ln.Close()
		return 0
	case "agent": // an agent in a process of its own
		return runTestAgent()
	}
	var child *exec.Cmd
	if kind == "parent" { // leaves a child behind
		child = exec.Command("sleep", "1000")
		if err := child.Start(); err != nil {
			return 1
		}
	}
	network, addr := "unix", os.Args[1]
	if !strings.HasPrefix(addr, "/") {
		network, addr = "tcp", "127.0.0.1:"+addr
	}
	ln, err := net.Listen(network, addr)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/user/alice/lab/", func(w http.ResponseWriter, r *http.Request) {
		token, _ := os.ReadFile(os.Args[2])
		if r.Header.Get("Authorization") != "token "+string(token) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(look())
	})
	mux.HandleFunc("/child", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, child.Process.Pid) })
	mux.HandleFunc("/starting", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		if n := r.URL.Query().Get("length"); n != "" {
			w.Header().Set("Content-Length", n)
		}
		for part := make([]byte, 64<<10); ; {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	fmt.Println("serving")
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(ln) }()
	<-terminated
	fmt.Println("terminated")
	return 0
}

func look() seen {
	dir, _ := os.Getwd()
	pgid, _ := syscall.Getpgid(0)
	return seen{Args: os.Args, Env: os.Environ(), Dir: dir, PID: os.Getpid(), PGID: pgid}
}
