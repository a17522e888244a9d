package main

import (
	_ "embed" // for packageList
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

//go:embed packages.txt
var packageList string

const (
	forDemo       = "demo"
	forAccounting = "accounting"
	forTest       = "test"
	forLint       = "lint"
)

// debianPackage is one line of packages.txt.
type debianPackage struct {
	purpose string
	name    string
	proofs  []string // commands, or patterns of files when they hold a slash
}

// packagesFor lists what a purpose needs: tests need what the demo needs, and
// so on.
func packagesFor(purpose string) ([]debianPackage, error) {
	order := []string{forDemo, forAccounting, forTest, forLint}
	rank := slices.Index(order, purpose)
	if rank < 0 {
		return nil, fmt.Errorf("--for is demo, accounting, test or lint, not %q", purpose)
	}
	var list []debianPackage
	for line := range strings.Lines(packageList) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0][0] == '#' {
			continue
		}
		if slices.Index(order, fields[0]) <= rank {
			list = append(list, debianPackage{fields[0], fields[1], fields[2:]})
		}
	}
	return list, nil
}

// missing returns the first proof that is not there, or nothing.
func (p debianPackage) missing() string {
	for _, proof := range p.proofs {
		if strings.Contains(proof, "/") {
			if found, _ := filepath.Glob(proof); len(found) == 0 {
				return proof
			}
		} else if _, err := lookSystem(proof); err != nil {
			return proof
		}
	}
	return ""
}

// lookSystem finds a command in PATH or where only root's PATH leads.
func lookSystem(name string) (string, error) {
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

// faults says, a line each, what keeps a cluster from running on this machine.
func faults(purpose string) ([]string, error) {
	list, err := packagesFor(purpose)
	if err != nil {
		return nil, err
	}
	var lines, install []string
	for _, p := range list {
		if proof := p.missing(); proof != "" {
			lines = append(lines, fmt.Sprintf("missing: %s (package %s)", proof, p.name))
			install = append(install, p.name)
		}
	}
	if len(install) > 0 {
		lines = append(lines, "install with: apt-get install -y --no-install-recommends "+strings.Join(install, " "))
	}
	if os.Geteuid() != 0 {
		return append(lines, "missing: root (run it with sudo)"), nil
	}
	return append(lines, kernelFaults()...), nil
}

// kernelFaults says what a container around us does not allow.
func kernelFaults() []string {
	var lines []string
	if flag, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err == nil && flag == 1 {
		lines = append(lines, "missing: sudo cannot work here, this container sets no-new-privileges")
	}
	has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_ADMIN, 0, 0, 0)
	if err == nil && has == 0 {
		lines = append(lines, "missing: the right to make namespaces (in a container: --privileged)")
	}
	return lines
}

// requireMachine is faults as one error.
func requireMachine(purpose string) error {
	lines, err := faults(purpose)
	if err != nil || len(lines) == 0 {
		return err
	}
	return errors.New("this machine cannot run it:\n  " + strings.Join(lines, "\n  "))
}

func checkCommand() *cobra.Command {
	var purpose string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say what is missing on this machine, and how to get it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lines, err := faults(purpose)
			if err != nil || len(lines) == 0 {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(lines, "\n"))
			return exitCode(1)
		},
	}
	cmd.Flags().StringVar(&purpose, "for", forDemo, "what the machine is to run: demo, accounting, test or lint")
	return cmd
}

func packagesCommand() *cobra.Command {
	var purpose string
	cmd := &cobra.Command{
		Use:   "packages",
		Short: "List the Debian packages that are needed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := packagesFor(purpose)
			for _, p := range list {
				fmt.Fprintln(cmd.OutOrStdout(), p.name)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&purpose, "for", forDemo, "what the machine is to run: demo, accounting, test or lint")
	return cmd
}
