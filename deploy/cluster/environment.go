package main

import (
	"os"
	"slices"
	"strings"
)

// environment tells tests and people's commands where everything is.
func environment(p plan) []string {
	env := []string{
		"SLURM_CONF=" + slurmConf,
		"BERTH_TEST_SLURM=1",
		"BERTH_TEST_DATABASE_URL=" + databaseURL("postgres", "postgres"),
		"BERTH_TEST_DATABASE_BERTH=" + databaseURL("berth", "berth"),
		"BERTH_TEST_LDAP_URL=" + p.Ports.ldapURL(),
		"BERTH_TEST_LDAPS_URL=" + p.Ports.ldapsURL(),
		"BERTH_TEST_LDAP_CA=" + ldapCA,
		"BERTH_TEST_DIR=" + mountPoint,
	}
	if p.Accounting == accountingOn {
		env = append(env, "BERTH_TEST_SLURM_ACCOUNTING=1")
	}
	if p.LimitMemory {
		env = append(env, "BERTH_TEST_SLURM_MEMORY=1")
	}
	if p.Berth != "" {
		env = append(env, "BERTH_TEST_BIN="+inside("bin"))
	}
	return env
}

// commandEnvironment is what a command in the cluster gets: the caller's
// environment and the cluster's. What a cluster around it says of
// itself is left out.
func commandEnvironment(env []string) []string {
	own := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "BERTH_TEST_") })
	return append(own, env...)
}

// environmentPath is relative to the cluster's directory.
const environmentPath = "etc/environment"

// saveEnvironment is also the sign that the cluster is ready.
func saveEnvironment(env []string) error {
	return write(inside(environmentPath), strings.Join(env, "\n")+"\n", 0o644)
}

// loadEnvironment reads what saveEnvironment wrote, one variable a line.
func loadEnvironment(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), nil
}
