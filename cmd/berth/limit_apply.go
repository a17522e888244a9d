package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql"
)

// mostLimitFile bounds a file of limits, in bytes.
const mostLimitFile = 4 << 20

func newLimitApply() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make the limits what a file says, after showing what changes",
		Long: "Make the limits what a file says, all at once or not at all. What would change is\n" +
			"shown first (+ set, ~ changed, - deleted), and nothing is done without a yes. Doing\n" +
			"it again changes nothing. Limits that the file does not name stay, unless --prune is\n" +
			"given. \"berth limit export\" writes such a file.",
		Example: "  limits:\n" +
			"    - set: {gpus: 2, sessions: 5, session.time: 1d}     # everyone, everywhere\n" +
			"    - group: ml\n      set: {gpus: 8}\n" +
			"    - group: physics\n      together: true\n      note: see the contract of 2026\n      set: {gpu-hours/month: 5000}\n" +
			"    - queue: gpu\n      gpu_type: a100\n      set: {use: no}",
		Args: cobra.NoArgs,
	}
	config := configFlag(cmd)
	from := cmd.Flags().StringP("file", "f", "", "the file of limits; - for standard input")
	prune := cmd.Flags().Bool("prune", false, "delete limits that the file does not name")
	dry := cmd.Flags().Bool("dry-run", false, "only show what would change")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	asJSON := cmd.Flags().Bool("json", false, "print the changes as JSON")
	_ = cmd.MarkFlagRequired("file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		data, err := readLimits(cmd.InOrStdin(), *from)
		if err != nil {
			return err
		}
		want, err := parseLimits(*from, data)
		if err != nil {
			return fmt.Errorf("the limits have faults\n%w", err)
		}
		return withStore(cmd, *config, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			for _, r := range want {
				if err := checkClusters(c, r.Scope); err != nil {
					return err
				}
			}
			limits := newLimits(store)
			changes, err := limits.Plan(ctx, want, *prune)
			if err != nil {
				return err
			}
			have, err := limits.List(ctx)
			if err != nil {
				return err
			}
			plan := plan{changes: changes, left: unnamed(have, want, *prune)}
			apply := len(changes) > 0 && !*dry
			if !*asJSON {
				if err := plan.print(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			if err := doubt(ctx, cmd.ErrOrStderr(), c, store, setBy(changes)); err != nil {
				return err
			}
			if apply && !*yes {
				if err := confirm(cmd.InOrStdin(), cmd.ErrOrStderr(), *from, len(changes)); err != nil {
					return err
				}
			}
			if apply {
				if err := limitError(limits.Commit(ctx, cliActor(), changes)); err != nil {
					return err
				}
			}
			return plan.done(cmd.OutOrStdout(), apply, *asJSON)
		})
	}
	return cmd
}

func readLimits(stdin io.Reader, name string) ([]byte, error) {
	from := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, mostLimitFile+1))
	if err == nil && len(data) > mostLimitFile {
		err = fmt.Errorf("%s is longer than %d bytes", name, mostLimitFile)
	}
	return data, err
}

// unnamed is how many limits the file does not name and leaves.
func unnamed(have, want []limit.Rule, prune bool) int {
	if prune {
		return 0
	}
	return len(limit.Diff(have, want, true)) - len(limit.Diff(have, want, false))
}

var errNotAgreed = errors.New("nothing was changed")

// confirm asks a person.
func confirm(in io.Reader, out io.Writer, from string, n int) error {
	file, ok := in.(*os.File)
	if !ok || from == "-" {
		return errors.New("there is nobody to ask: say --yes, or --dry-run")
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return errors.New("there is nobody to ask: say --yes, or --dry-run")
	}
	if _, err := fmt.Fprintf(out, "Apply %s? [y/N] ", plural(n, "change")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errNotAgreed
	}
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// plan is what apply has found.
type plan struct {
	changes []limit.Change
	left    int // limits that the file does not name and that stay
}

func (p plan) print(out io.Writer) error {
	text := limit.Lines(p.changes)
	if len(p.changes) == 0 {
		text = "nothing to change\n"
	}
	if p.left > 0 {
		text += fmt.Sprintf("%s that the file does not name stay; --prune deletes them\n", plural(p.left, "limit"))
	}
	_, err := io.WriteString(out, text)
	return err
}

func (p plan) done(out io.Writer, applied, asJSON bool) error {
	if !asJSON {
		if !applied {
			return nil
		}
		_, err := fmt.Fprintf(out, "applied %s\n", plural(len(p.changes), "change"))
		return err
	}
	type change struct {
		Sign string    `json:"sign"` // +, ~, -
		Text string    `json:"text"`
		Old  *ruleJSON `json:"old"`
		New  *ruleJSON `json:"new"`
	}
	lines := []change{}
	for _, c := range p.changes {
		line := change{Sign: c.Sign(), Text: c.String()}
		if c.Old != nil {
			r := ruleLine(*c.Old)
			line.Old = &r
		}
		if c.New != nil {
			r := ruleLine(*c.New)
			line.New = &r
		}
		lines = append(lines, line)
	}
	return printJSON(out, map[string]any{"applied": applied, "changes": lines, "unnamed": p.left})
}
