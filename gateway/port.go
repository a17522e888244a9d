package gateway

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/gateway/proxy"
)

// portPart begins, below a session's base path, the paths of what listens beside
// its app: /user/alice/lab/port/8787/.
const portPart = "port/"

// leastPort is the lowest port that is reached: those below belong to the node.
const leastPort = 1024

// portOf finds the port that an escaped path of a session is for; 0 for the app.
func portOf(escaped string) (uint16, error) {
	parts := strings.SplitN(strings.TrimPrefix(escaped, sessionPrefix), "/", 5)
	if len(parts) < 4 || parts[2]+"/" != portPart {
		return 0, nil
	}
	port, err := strconv.ParseUint(parts[3], 10, 16)
	if err != nil || port < leastPort || strconv.FormatUint(port, 10) != parts[3] {
		return 0, fmt.Errorf("%q is no port", parts[3])
	}
	return uint16(port), nil
}

// bare reports whether the path ends with its port: links relative to it would
// lead astray.
func bare(escaped string, port uint16) bool {
	return port != 0 && strings.HasSuffix(escaped, "/"+portPart+strconv.Itoa(int(port)))
}

// beside is the target with the port in place of the app. What listens there
// knows nothing of the base path, and the app's token is none of its business.
func beside(t proxy.Target, port uint16) proxy.Target {
	t.Port = port
	t.BasePath += portPart + strconv.Itoa(int(port)) + "/"
	t.StripPrefix = true
	t.Inject, t.InjectOn = nil, proxy.InjectNone
	return t
}
