package fake

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Call is one run of a command.
type Call struct {
	Name  string
	User  string // "": the service's own
	Zone  string // TZ
	Args  []string
	Stdin []byte // of qsub and sbatch
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

// commandText is a command. It tells the test what it was given, and does what
// it is told. A shell starts sooner than a test's binary would.
const commandText = `#!/bin/bash
user= size=0
case ${1-} in --fake-user=*) user=${1#*=}; shift ;; esac
exec 3<>/dev/tcp/127.0.0.1/PORT || exit 99
if [[ NAME == qsub || NAME == sbatch ]]; then
	file=$(mktemp) && cat >"$file" && size=$(stat -c %s "$file")
fi
printf '%s\0' NAME "${TZ-}" "$user" "$size" $# "$@" >&3
if [[ -n ${file-} ]]; then cat "$file" >&3; rm -f "$file"; fi
read -r code out err <&3 || exit 99
head -c "$out" <&3
head -c "$err" <&3 >&2
exit "$code"
`

// sudoText is a sudo that lets everybody be anybody.
const sudoText = `#!/bin/sh
user=$3 command=$5
shift 5
exec "$command" "--fake-user=$user" "$@"
`

func newCommand(name string, port int) string {
	return strings.NewReplacer("NAME", name, "PORT", strconv.Itoa(port)).Replace(commandText)
}

// mostArgs bounds what a command may be given.
const mostArgs = 100_000

func readCall(r *bufio.Reader) (Call, error) {
	var broken error
	word := func() string {
		s, err := r.ReadString(0)
		if err != nil {
			broken = err
		}
		return strings.TrimSuffix(s, "\x00")
	}
	call := Call{Name: word(), Zone: word(), User: word()}
	size, _ := strconv.Atoi(word())
	count, err := strconv.Atoi(word())
	if err != nil || count > mostArgs || broken != nil {
		return call, fmt.Errorf("a call that cannot be read: %w", io.ErrUnexpectedEOF)
	}
	for range count {
		call.Args = append(call.Args, word())
	}
	call.Stdin = make([]byte, size)
	if _, err := io.ReadFull(r, call.Stdin); err != nil {
		return call, err
	}
	return call, broken
}

func (r Reply) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d %d %d\n%s%s", r.Exit, len(r.Stdout), len(r.Stderr), r.Stdout, r.Stderr)
	return err
}
