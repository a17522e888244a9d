package ldapauth

import (
	"context"
	"slices"
	"strings"
)

// groupsPerSearch bounds one filter of walk.
const groupsPerSearch = 40

// walk adds the groups of the groups, level by level, until there are no new
// ones or NestedDepth is reached. Each group is asked about once, so cycles end.
func (a *Authenticator) walk(ctx context.Context, c *conn, set *groupSet) error {
	level := slices.Clone(set.list)
	for range a.cfg.NestedDepth {
		var next []group
		for part := range slices.Chunk(level, groupsPerSearch) {
			added, err := a.findGroups(ctx, c, a.parentsFilter(part), set)
			if err != nil {
				return err
			}
			next = append(next, added...)
		}
		if len(next) == 0 {
			return nil
		}
		level = next
	}
	return nil
}

// parentsFilter matches the groups that contain one of those given.
func (a *Authenticator) parentsFilter(groups []group) string {
	var b strings.Builder
	b.WriteString("(|")
	for _, g := range groups {
		b.WriteString(fillFilter(a.cfg.NestedFilter, "", g.dn))
	}
	b.WriteString(")")
	return b.String()
}
