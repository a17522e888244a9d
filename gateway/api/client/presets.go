package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/berth-hpc/berth/gateway/api"
)

// Preset is the launch request that the owner or the site keeps by that name:
// the owner's, if both do.
func (c *Client) Preset(ctx context.Context, name string) (map[string]string, error) {
	var list api.PresetList
	if err := c.call(ctx, http.MethodGet, api.Base+"/presets", nil, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range list.Presets {
		if p.Name == name && p.Request != nil {
			return p.Request, nil
		}
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no preset %q, nor any other", name)
	}
	return nil, fmt.Errorf("there is no preset %q; there is %s", name, strings.Join(names, ", "))
}
