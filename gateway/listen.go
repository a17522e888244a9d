package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// listen opens what is not open yet: the listener for browsers and that for
// agents.
func (g *Gateway) listen(ctx context.Context) (public, inner net.Listener, err error) {
	var lc net.ListenConfig
	if public = g.PublicListener; public == nil {
		if public, err = lc.Listen(ctx, "tcp", g.Listen); err != nil {
			return nil, nil, fmt.Errorf("listen for browsers: %w", err)
		}
	}
	if inner = g.AgentListener; inner == nil {
		if inner, err = lc.Listen(ctx, "tcp", g.AgentListen); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("listen for agents: %w", err), public.Close())
		}
	}
	return public, inner, nil
}
