package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// word makes a test binary a command of a fake cluster.
const word = "act-as-scheduler-command"

// userOption is how the fake sudo says whom it runs a command as.
const userOption = "--fake-user="

// Call is one run of a command.
type Call struct {
	Name  string
	User  string // "": the service's own
	Zone  string // TZ
	Args  []string
	Stdin []byte
}

// Reply is what the command does.
type Reply struct {
	Stdout, Stderr []byte
	Exit           int
}

func said(text string) Reply { return Reply{Stdout: []byte(text)} }

func failed(exit int, format string, args ...any) Reply {
	return Reply{Stderr: []byte(fmt.Sprintf(format, args...) + "\n"), Exit: exit}
}

// Main acts as a command and ends the process if it was started as one. It
// returns at once in every other process.
func Main() {
	if len(os.Args) < 5 || os.Args[1] != word {
		return
	}
	reply, err := act(os.Args[2], Call{Name: os.Args[3], Zone: os.Args[4], Args: os.Args[5:]})
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "fake:", err)
		os.Exit(99)
	}
	_, _ = os.Stderr.Write(reply.Stderr)
	_, _ = os.Stdout.Write(reply.Stdout)
	os.Exit(reply.Exit)
}

func act(socket string, call Call) (reply Reply, err error) {
	if len(call.Args) > 0 && strings.HasPrefix(call.Args[0], userOption) {
		call.User, call.Args = strings.TrimPrefix(call.Args[0], userOption), call.Args[1:]
	}
	if call.Stdin, err = io.ReadAll(os.Stdin); err != nil {
		return reply, err
	}
	conn, err := new(net.Dialer).DialContext(context.Background(), "unix", socket)
	if err != nil {
		return reply, err
	}
	defer func() { _ = conn.Close() }()
	if err := json.NewEncoder(conn).Encode(call); err != nil {
		return reply, err
	}
	return reply, json.NewDecoder(conn).Decode(&reply)
}
