//go:build !linux

package tunnel

import (
	"net"
	"time"
)

func setUserTimeout(*net.TCPConn, time.Duration) {}
