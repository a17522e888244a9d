package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccountingIsAutoOnOrOff(t *testing.T) {
	t.Parallel()
	var a accounting
	for _, text := range []string{"auto", "on", "off"} {
		if err := a.Set(text); err != nil || a.String() != text {
			t.Errorf("%s: %v, %v", text, a, err)
		}
	}
	for _, text := range []string{"", "yes", "ON"} {
		if err := a.Set(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

const submitAsDave = asBerth + "sudo -n -u dave /usr/bin/sbatch --parsable -o /dev/null "

func TestAccounting(t *testing.T) {
	t.Parallel()
	r := launchIdle(t, accountingOn)

	t.Run("associations", func(t *testing.T) {
		got := r.mustSh(`echo "$BERTH_TEST_SLURM_ACCOUNTING"
sacctmgr -nP show assoc where user=alice,bob,carol,dave format=user,account,maxjobs,maxsubmit,grptres,qos | sort
sacctmgr -nP show user alice,bob,carol,dave format=user,defaultaccount
sacctmgr -nP show qos short format=name,maxwall,flags`)
		want := `1
alice|research||||normal,short
bob|research||||normal,short
carol|research||||normal,short
dave|course|1|2|gres/gpu=1|normal
dave|research||||normal,short
alice|research
bob|research
carol|research
dave|research
short|00:30:00|DenyOnLimit
`
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("waits for a limit", func(t *testing.T) {
		got := r.mustSh(submitAsDave + `-A course -p gpu --gres=gpu:2 --wrap=true >/dev/null
until reason=$(squeue -h -A course -o %r) && [ "$reason" != None ]; do sleep 0.1; done
echo "$reason"`)
		if got != "AssocGrpGRES\n" {
			t.Error(got)
		}
	})
	t.Run("refuses", func(t *testing.T) {
		for arguments, want := range map[string]string{
			"-A nosuch":             "Invalid account",
			"-q short -t 60":        "QOSMaxWallDurationPerJobLimit",
			"-A course -q short":    "Invalid qos",
			"-A course --array=1,2": "AssocMaxSubmitJobLimit",
		} {
			output, err := r.sh(submitAsDave + arguments + " --wrap=true")
			if err == nil || !strings.Contains(output, want) {
				t.Errorf("%s: %v, %s", arguments, err, output)
			}
		}
		output, err := r.sh("setpriv --reuid nobody --clear-groups sbatch -o /dev/null --wrap true")
		if err == nil || !strings.Contains(output, "Invalid account") {
			t.Errorf("a user without an association: %v, %s", err, output)
		}
	})
	t.Run("private", func(t *testing.T) {
		// The port of slurmdbd is on the loopback interface alone, and nobody but
		// its own user gets to MariaDB.
		got := r.mustSh(`port=$(sed -n 's/^DbdPort=//p' "$BERTH_TEST_DIR/etc/slurmdbd.conf")
printf '%04X\n' "$port" >"$BERTH_TEST_DIR/tmp/port"
awk -v port="$(cat "$BERTH_TEST_DIR/tmp/port")" '$4 == "0A" && split($2, a, ":") && a[2] == port { print a[1] }' /proc/net/tcp /proc/net/tcp6
stat -c '%U %a' "$BERTH_TEST_DIR"/etc/slurmdbd.conf "$BERTH_TEST_DIR"/accounting`)
		if want := "0100007F\nslurm 600\nslurm 700\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestAccountsAreKept: the next start finds the accounts, what has run, and an
// end for what still ran when the cluster was killed.
func TestAccountsAreKept(t *testing.T) {
	t.Parallel()
	r := launchIdle(t, accountingOn)
	r.mustSh("sacctmgr --immediate add account later")
	id := strings.TrimSpace(r.mustSh(submitAsDave + `--wrap="sleep 1000"
until sacct -nXP -s RUNNING -u dave -o state | grep -q RUNNING; do sleep 0.1; done`))
	r.end(syscall.SIGKILL)
	r.gone()
	launchIn(t, r.dir, accountingOff).end(syscall.SIGTERM)
	r = launchIn(t, r.dir, accountingOn)
	got := r.mustSh("sacctmgr -nP show account later format=account; job='sacct -nXP -j " + id + ` -o user,account,state'
for i in $(seq 300); do $job | grep -q . && break; sleep 0.1; done; $job`)
	if want := "later\ndave|research|CANCELLED\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
