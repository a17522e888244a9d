package main

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asBerth runs a command the way the gateway does: as the service user.
const asBerth = "setpriv --reuid berth --regid berth --clear-groups "

func TestServices(t *testing.T) {
	t.Parallel()
	r := launchIdle(t, accountingOff)

	t.Run("partitions", func(t *testing.T) {
		got := r.mustSh("sinfo -h -o '%P %l %D %T %G' | sort")
		want := strings.Join([]string{
			"cpu* 7-00:00:00 1 idle (null)",
			"gpu 2-00:00:00 2 idle gpu:a100:4",
			"gpu-small 8:00:00 1 idle gpu:v100:2",
			"scavenge 8:00:00 1 idle (null)",
			"scavenge 8:00:00 1 idle gpu:v100:2",
			"scavenge 8:00:00 2 idle gpu:a100:4",
			"",
		}, "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("job", func(t *testing.T) {
		got := r.mustSh(asBerth + `sudo -n -u alice /usr/bin/sbatch --parsable --wait -p gpu --gres=gpu:a100:2 -o ~alice/out <<'END' >/dev/null
#!/bin/bash
echo "$USER $HOME $CUDA_VISIBLE_DEVICES $TMPDIR"
cd && touch here && berth=$(/run/berth-cluster/bin/berth) || echo "$berth"
END
cat ~alice/out`)
		want := "alice /run/berth-cluster/home/alice 0,1 /run/berth-cluster/tmp\nusage: berth migrate|serve --config FILE\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("no accounts", func(t *testing.T) {
		got := r.mustSh(`echo "${BERTH_TEST_SLURM_ACCOUNTING-none}"; setpriv --reuid nobody --clear-groups sbatch --wait -o /dev/null --wrap true`)
		if !strings.HasPrefix(got, "none\nSubmitted batch job ") {
			t.Error(got)
		}
	})
	t.Run("sudo refuses", func(t *testing.T) {
		for _, rest := range []string{
			"-u root /usr/bin/sbatch --version", "-u '#0' /usr/bin/sbatch --version",
			"-u postgres /usr/bin/sbatch --version", "-u alice /bin/ls", "-u alice -s",
		} {
			output, err := r.sh(asBerth + "sudo -n " + rest)
			if err == nil || !strings.Contains(output, "a password is required") {
				t.Errorf("sudo %s: %v, %s", rest, err, output)
			}
		}
	})
	t.Run("sudo allows a test's own commands", func(t *testing.T) {
		got := r.mustSh(`mkdir "$BERTH_TEST_DIR/faulty/one" && cd "$BERTH_TEST_DIR/faulty/one"
printf '#!/bin/sh\nid -un; echo "$0" "$SLURM_CONF"\n' >sbatch && chmod 755 sbatch && cp sbatch squeue
` + asBerth + `sudo -n -u alice "$PWD/sbatch"
if ` + asBerth + `sudo -n -u alice "$PWD/squeue" 2>/dev/null; then echo squeue allowed; fi
if ` + asBerth + `sudo -n -u root "$PWD/sbatch" 2>/dev/null; then echo root allowed; fi
if ` + asBerth + `touch sbatch 2>/dev/null; then echo writing allowed; fi`)
		if want := "alice\n/run/berth-cluster/faulty/one/sbatch /run/berth-cluster/etc/slurm.conf\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("directory", func(t *testing.T) {
		for _, transport := range []string{`-ZZ -H "$BERTH_TEST_LDAP_URL"`, `-H "$BERTH_TEST_LDAPS_URL"`} {
			got := r.mustSh(`export LDAPTLS_CACERT="$BERTH_TEST_LDAP_CA"
ldapsearch -x -LLL ` + transport + ` -D uid=alice,ou=people,dc=example,dc=org -w alice -b dc=example,dc=org '(member=uid=carol,ou=people,dc=example,dc=org)' cn`)
			for _, name := range []string{"researchers", "admins", "gpu-users"} {
				if !strings.Contains(got, "cn: "+name+"\n") {
					t.Errorf("no group %s in\n%s", name, got)
				}
			}
		}
		if output, err := r.sh(`ldapwhoami -x -H "$BERTH_TEST_LDAP_URL" -D uid=alice,ou=people,dc=example,dc=org -w bob`); err == nil {
			t.Errorf("a wrong password was accepted: %s", output)
		}
	})
	t.Run("database", func(t *testing.T) {
		got := r.mustSh(`psql -At "$BERTH_TEST_DATABASE_BERTH" -c 'create table t (n int); drop table t; select current_user, current_database()'
psql -At "$BERTH_TEST_DATABASE_URL" -c "select rolcreatedb from pg_roles where rolname = current_user"`)
		if !strings.Contains(got, "berth|berth") || !strings.HasSuffix(got, "t\n") {
			t.Error(got)
		}
		if output, err := r.sh(`setpriv --reuid alice --regid researchers --clear-groups psql "$BERTH_TEST_DATABASE_BERTH" -c 'select 1'`); err == nil {
			t.Errorf("a user reached the database: %s", output)
		}
	})
	t.Run("same directory", func(t *testing.T) {
		_, err := start(plan{Dir: r.dir, Accounting: accountingOff, Command: []string{"true"}})
		if err == nil || !strings.Contains(err.Error(), "a cluster is running") {
			t.Error(err)
		}
	})
}

// daemonise leaves a process of alice's behind that is no child of her job.
const daemonise = asBerth + `sudo -n -u alice /usr/bin/sbatch --wait -o /dev/null <<'END'
#!/bin/bash
setsid nohup sleep 1000 >/dev/null 2>&1 &
END`

func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL} {
		t.Run(s.String(), func(t *testing.T) {
			before, a := read("/etc/passwd"), accountingOff
			if s == syscall.SIGTERM { // for SIGKILL see TestAccountsAreKept
				a = accountingOn
			}
			r := launchIdle(t, a)
			if s == syscall.SIGTERM || s == syscall.SIGKILL {
				r.mustSh(daemonise)
				if !slices.ContainsFunc(inNamespace(t, r.space), func(p string) bool { return strings.HasSuffix(p, " sleep") }) {
					t.Fatal("the job's process is not seen")
				}
			}
			if code := r.end(s); s != syscall.SIGKILL && code != 128+int(s) {
				t.Errorf("exit code %d\n%s", code, r.said)
			}
			r.gone()
			if read("/etc/passwd") != before {
				t.Error("/etc/passwd has changed")
			}
		})
	}
}

func TestSideBySide(t *testing.T) {
	t.Parallel()
	a, b := launchIdle(t, accountingOn), launchIdle(t, accountingOn)
	a.mustSh("touch ~bob/a")
	b.mustSh("test ! -e ~bob/a")
	for _, r := range []*running{a, b} {
		if got := r.mustSh("sinfo -h -N -t idle -o %N | sort -u | paste -sd,"); got != "c1,c2,c3,c4\n" {
			t.Errorf("these nodes are idle: %s", got)
		}
		r.mustSh(`ldapwhoami -x -H "$BERTH_TEST_LDAP_URL" && psql "$BERTH_TEST_DATABASE_URL" -c 'select 1'`)
		r.mustSh("sacctmgr add account only-" + filepath.Base(filepath.Dir(r.dir)) + " --immediate")
		if got := r.mustSh("sacctmgr -nP show account format=account | grep -c only-"); got != "1\n" {
			t.Errorf("each has accounts of its own, but here are %s", got)
		}
	}
	a.end(syscall.SIGTERM)
	a.gone()
	b.mustSh("sinfo")
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	dir := t.TempDir()
	for _, c := range []struct {
		script     string
		accounting accounting
		want       int
	}{
		{"exit 0", accountingOn, 0},
		{"exit 7", accountingOff, 7},
		{"kill -9 $$", accountingOn, 137},
	} {
		// The second and third start find what the one before has left.
		code, err := start(plan{Dir: dir, Accounting: c.accounting, Quiet: true, Command: []string{"sh", "-c", c.script}})
		if err != nil || code != c.want {
			t.Errorf("%s: code %d, %v, want %d", c.script, code, err, c.want)
		}
	}
}

func TestNested(t *testing.T) {
	t.Parallel()
	r := launchIdle(t, accountingOff)
	got := r.mustSh(`inner=$(mktemp -d "$BERTH_TEST_DIR/tmp/XXXX")
` + executable(t) + ` run --quiet --dir "$inner" --accounting=off -- sh -c 'sinfo -h -p gpu -o %D; echo "$BERTH_TEST_DIR"'
sinfo -h -p gpu -o %D`)
	if want := "2\n" + mountPoint + "\n2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
