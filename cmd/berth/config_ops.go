package main

import "net"

// opsConfig is the listener for those who run berth.
type opsConfig struct {
	// Listen has /metrics, /healthz, /readyz and /debug/pprof, for anybody who can
	// reach it: 127.0.0.1:9099, say. Default: none.
	Listen string `yaml:"listen"`
}

func (k *checker) ops(c *fileConfig) {
	if c.Ops.Listen == "" {
		return
	}
	if _, port, err := net.SplitHostPort(c.Ops.Listen); err != nil || port == "" {
		k.fault("ops.listen", "must be an address with a port like 127.0.0.1:9099, not %q", c.Ops.Listen)
	}
	if c.Ops.Listen == c.Listen || c.Ops.Listen == c.Agent.Listen {
		k.fault("ops.listen", "must be another address than listen and agent.listen")
	}
}
