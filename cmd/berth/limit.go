package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql"
)

func newLimit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "limit",
		Short: "Set, explain and apply limits",
		Long: "Limits say what people may ask for and hold at once. Changes hold for every launch\n" +
			"after them, in every gateway, and are in the audit log. Fields:\n\n" + fieldTable() +
			"\nA limit by type of GPU is set with --gpu-type. A person's own limit goes before a\n" +
			"group's (of several groups the most generous), and that before everyone's; limits of\n" +
			"a partition and of the site hold both, and so does each that counts --together.",
	}
	cmd.AddCommand(newLimitList(), newLimitSet(), newLimitDelete(), newLimitExplain(), newLimitApply(), newLimitExport())
	return cmd
}

// fieldTable is every field with its value and meaning, for help.
func fieldTable() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	examples := map[limit.Unit]string{
		limit.Count: "8", limit.Bytes: "64G", limit.Seconds: "8h", limit.GPUSeconds: "500", limit.YesNo: "yes, no", limit.List: "lab,notebook",
	}
	for _, f := range limit.Fields {
		words := f.Words
		if f.ByType {
			words += ", by type of GPU or in all"
		}
		_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", f.Name, examples[f.Unit], words) // a strings.Builder takes all
	}
	_ = w.Flush()
	return b.String()
}

func newLimits(store *sql.Store) admin.Limits { return admin.Limits{Store: store, Now: time.Now} }

// checkClusters refuses a rule for a cluster that is not configured: it would
// never apply, and nobody would notice.
func checkClusters(c *fileConfig, scopes ...limit.Scope) error {
	var known []string
	for _, cl := range c.Clusters {
		known = append(known, cl.Name)
	}
	for _, s := range scopes {
		if s.Cluster == "" {
			continue
		}
		found := false
		for _, name := range known {
			found = found || name == s.Cluster
		}
		if !found {
			return fmt.Errorf("there is no cluster %q%s", s.Cluster, suggest(s.Cluster, known))
		}
	}
	return nil
}

// limitError puts what somebody else has done meanwhile into words.
func limitError(err error) error {
	if errors.Is(err, limit.ErrMoved) {
		return errors.New("somebody else has changed the limits meanwhile; nothing was done, run it again")
	}
	return err
}

// ruleJSON is a rule as commands print it.
type ruleJSON struct {
	ID       string    `json:"id"`
	Cluster  string    `json:"cluster"` // "": every cluster
	Queue    string    `json:"queue"`   // "": every partition
	Subject  string    `json:"subject"` // everyone, group, user
	Name     string    `json:"name"`
	Together bool      `json:"together"`
	Field    string    `json:"field"`
	GPUType  string    `json:"gpu_type"`
	Value    string    `json:"value"`  // as it is set
	Number   int64     `json:"number"` // in the field's unit
	Unit     string    `json:"unit"`
	Note     string    `json:"note"`
	SetBy    string    `json:"set_by"`
	SetAt    time.Time `json:"set_at"`
}

func ruleLine(r limit.Rule) ruleJSON {
	f, _ := limit.FieldOf(r.Field)
	return ruleJSON{
		ID: r.ID, Cluster: r.Scope.Cluster, Queue: r.Scope.Queue, Subject: string(r.Who.Kind), Name: r.Who.Name,
		Together: r.Together, Field: r.Field, GPUType: r.GPUType, Value: r.Text(), Number: r.Value, Unit: string(f.Unit),
		Note: r.Note, SetBy: r.SetBy, SetAt: r.SetAt,
	}
}
