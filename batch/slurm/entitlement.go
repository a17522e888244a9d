package slurm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

var _ batch.Accounts = (*Scheduler)(nil)

// Commands of the machine, by which a static binary asks the name service.
const idCommand = "/usr/bin/id"

// Entitlement asks id(1) for the user's groups, the controller for what it
// enforces and, if that is associations, the accounting database for the
// user's and for the QOS.
func (s *Scheduler) Entitlement(ctx context.Context, user string) (batch.Entitlement, error) {
	var e batch.Entitlement
	if !ownerPattern.MatchString(user) {
		return e, fmt.Errorf("slurm: entitlement: %.40q is not a user name", user)
	}
	e.Groups = s.groups(ctx, user)
	res, err := s.run.Run(ctx, s.command("scontrol", "show", "config"))
	if err == nil {
		err = refusedQuestion(res)
	}
	if err != nil {
		return e, fmt.Errorf("slurm: entitlement: %w", err)
	}
	config := parseConfig(res.Stdout)
	enforced := strings.Split(strings.ToLower(config["AccountingStorageEnforce"]), ",")
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(enforced, w) })
	}
	// slurm.conf(5): limits, qos, safe and wckeys imply associations.
	e.Enforced = says("associations", "limits", "qos", "safe", "wckeys", "all")
	e.EnforcedQOS = says("qos", "all")
	e.LimitsEnforced = says("limits", "safe", "all")
	if !e.Enforced {
		return e, nil
	}
	links, err := ask(ctx, s, linkTable, "user", "where", "name="+user, "withassoc")
	if err != nil {
		return e, fmt.Errorf("slurm: entitlement: %w", err)
	}
	for _, l := range links {
		if l.cluster == config["ClusterName"] && l.Account != "" {
			l.Default = l.standard == l.Account
			e.Associations = append(e.Associations, l.Association)
		}
	}
	classes, err := ask(ctx, s, qosTable, "qos")
	if err != nil {
		return e, fmt.Errorf("slurm: entitlement: %w", err)
	}
	for _, q := range classes {
		e.QOS = append(e.QOS, q.QOS)
	}
	return e, nil
}

// groups are the user's as the machine knows them; nil if it does not say.
func (s *Scheduler) groups(ctx context.Context, user string) []string {
	res, err := s.run.Run(ctx, command.Command{Path: idCommand, Args: []string{"-Gnz", "--", user}})
	if err != nil || !res.OK() {
		return nil
	}
	var groups []string
	for _, g := range strings.Split(strings.TrimRight(string(res.Stdout), "\x00\n"), "\x00") {
		if g = clean([]byte(g)); g != "" {
			groups = append(groups, g)
		}
	}
	return groups
}

// parseConfig reads the lines "Key = value" of "scontrol show config".
func parseConfig(out []byte) map[string]string {
	config := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(line, "="); ok {
			config[strings.TrimSpace(key)] = clean([]byte(strings.TrimSpace(value)))
		}
	}
	return config
}

// bar ends each field of sacctmgr's answers, which knows no other separator.
// What is in the fields is the admins' writing.
const bar = separator("|")

// ask runs "sacctmgr show" for the fields of the table. (A method cannot have
// a type parameter.)
func ask[T any](ctx context.Context, s *Scheduler, t table[T], what ...string) ([]T, error) {
	args := append([]string{"--noheader", "--parsable", "--readonly", "show"}, what...)
	c := s.command("sacctmgr", append(args, "format="+t.names())...)
	c.MaxStdout = mostOwned
	res, err := s.run.Run(ctx, c)
	if err == nil {
		err = refusedQuestion(res)
	}
	if err != nil {
		return nil, err
	}
	rows, odd, err := t.parse(res.Stdout, bar)
	if err != nil {
		return nil, fmt.Errorf("sacctmgr: %w: %w", err, batch.ErrUnavailable)
	}
	s.complain(ctx, "sacctmgr", odd)
	return rows, nil
}
