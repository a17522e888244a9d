package pbs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// parseTime reads "Mon Nov 23 08:05:55 2026". It is in the zone of the command
// that printed it, which is UTC: see New.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("Mon Jan _2 15:04:05 2006", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a time", s)
	}
	return t, nil
}

// mostHours bounds a time limit: a hundred years.
const mostHours = 100 * 366 * 24

// parseWalltime reads "27:46:40", whose hours have no end, "90:00" or a number
// of seconds.
func parseWalltime(s string) (batch.Duration, error) {
	parts := strings.Split(s, ":")
	var seconds int64
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 40)
		if err != nil || len(parts) > 3 {
			return 0, fmt.Errorf("%.40q is not a span of time", s)
		}
		seconds = seconds*60 + int64(n)
		if seconds > mostHours*3600 {
			return 0, fmt.Errorf("%.40q is too long a span of time", s)
		}
	}
	return batch.Duration(time.Duration(seconds) * time.Second), nil
}

// parseSize reads an amount of memory, "8388608kb", "64gb", "1048576b" or a bare
// number of bytes. Words ("w") are eight bytes, as on every machine of today.
func parseSize(s string) (batch.Bytes, error) {
	words := batch.Bytes(1)
	if t, ok := strings.CutSuffix(strings.ToLower(s), "w"); ok {
		s, words = t, 8
	}
	n, err := batch.ParseBytes(s)
	if err != nil || n > 1<<58 {
		return 0, fmt.Errorf("%.40q is not an amount of memory", s)
	}
	return n * words, nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// execHosts reads exec_host, "gn01/1*2+gn02/0*2": the hosts, each once, the one
// that runs the script first.
func execHosts(s string) []string {
	var hosts []string
	seen := map[string]bool{}
	for _, chunk := range strings.Split(s, "+") {
		host, _, _ := strings.Cut(chunk, "/")
		if !hostPattern.MatchString(host) {
			return nil
		}
		if !seen[host] {
			seen[host] = true
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// ownerOf is the user in "alice@pbshost".
func ownerOf(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	return s[:at]
}

// A tag goes into the job's name, where PBS takes no colon, and a tag has no
// underscore.
func nameOf(tag string) string { return strings.ReplaceAll(tag, ":", "_") }
func tagOf(name string) string { return strings.ReplaceAll(name, "_", ":") }
