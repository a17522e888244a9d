package slurm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
)

func TestAssociationsAreRead(t *testing.T) {
	t.Parallel()
	const out = "demo|research|research|||normal,short||||||\n" +
		"demo|research|course|gpu|normal|normal|2|1|1-00:00:00|cpu=8,gres/gpu:a100=2,mem=16G,node=1|gres/gpu=1,mem=8192|\n"
	rows, odd, err := linkTable.parse([]byte(out), bar)
	if err != nil || odd != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v, %v", len(rows), odd, err)
	}
	free := batch.Association{Account: "research", QOS: []string{"normal", "short"}, Cap: batch.NoCap()}
	capped := batch.Association{Account: "course", Queue: "gpu", QOS: []string{"normal"}, DefaultQOS: "normal", Cap: batch.Cap{
		Sessions: 1, CPUs: 8, Memory: 8 * batch.GiB, Time: batch.Duration(24 * time.Hour), GPUs: map[string]int{"": 1, "a100": 2},
	}}
	if d := cmp.Diff([]batch.Association{free, capped}, []batch.Association{rows[0].Association, rows[1].Association}); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestQOSAreRead(t *testing.T) {
	t.Parallel()
	rows, odd, err := qosTable.parse([]byte("normal||||||\nshort|4|00:30:00||cpu=4,gres/gpu=2|billing=7,gres/gpu=3|\n"), bar)
	if err != nil || odd != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v, %v", len(rows), odd, err)
	}
	short := batch.QOS{Name: "short", Cap: batch.Cap{
		Sessions: 4, CPUs: 4, Memory: -1, Time: batch.Duration(30 * time.Minute), GPUs: map[string]int{"": 2},
	}}
	if d := cmp.Diff([]batch.QOS{{Name: "normal", Cap: batch.NoCap()}, short}, []batch.QOS{rows[0].QOS, rows[1].QOS}); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func FuzzAssociations(f *testing.F) {
	f.Add("demo|research|course|gpu|normal|normal|2|1|1-00:00:00|cpu=8,gres/gpu:a100=2,mem=16G|gres/gpu=1|\n")
	f.Add("a||||||-1||x|mem=,cpu=z,gres/gpu|gres/gpus=1|\n")
	f.Fuzz(func(t *testing.T, out string) {
		rows, _, err := linkTable.parse([]byte(out), bar)
		for _, r := range rows {
			if err != nil || r.Cap.Sessions < -1 || r.Cap.CPUs < -1 || r.Cap.Memory < -1 || r.Cap.Time < -1 {
				t.Errorf("%+v, %v", r, err)
			}
			for kind, n := range r.Cap.GPUs {
				if n < 0 {
					t.Errorf("%d GPUs of type %q", n, kind)
				}
			}
		}
	})
}

func TestConfigIsRead(t *testing.T) {
	t.Parallel()
	got := parseConfig([]byte("Configuration data as of 1790000000\nAccountingStorageEnforce = associations,limits,qos\n" +
		"AccountingStorageTRES    = cpu,mem,gres/gpu\nClusterName             = demo\n\nSlurmctld(primary) at host is UP\n"))
	if got["AccountingStorageEnforce"] != "associations,limits,qos" || got["ClusterName"] != "demo" {
		t.Errorf("%q", got)
	}
}
