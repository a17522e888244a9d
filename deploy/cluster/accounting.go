package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// accounting says whether the cluster keeps accounts: slurmdbd on a MariaDB,
// with associations and limits that Slurm enforces. Without, every user may
// submit, and a job that squeue no longer shows is forgotten.
type accounting string

const (
	accountingAuto accounting = "auto" // as the machine's packages allow
	accountingOn   accounting = "on"
	accountingOff  accounting = "off"
)

func (a *accounting) String() string { return string(*a) }

// Type is what the usage text calls the value.
func (a *accounting) Type() string { return "auto|on|off" }

// Set reads the option's value.
func (a *accounting) Set(text string) error {
	switch value := accounting(text); value {
	case accountingAuto, accountingOn, accountingOff:
		*a = value
		return nil
	}
	return fmt.Errorf("not auto, on or off: %q", text)
}

func (a *accounting) flag(cmd *cobra.Command) {
	*a = accountingAuto
	cmd.Flags().Var(a, "accounting", "keep accounts (slurmdbd, MariaDB); auto: if their packages are installed")
}

// settle makes auto on or off, and demands of the machine what on needs.
func (a accounting) settle() (accounting, error) {
	switch a {
	case accountingOff:
		return a, requireMachine(forDemo)
	case accountingOn:
		return a, requireMachine(forAccounting)
	}
	if err := requireMachine(forDemo); err != nil {
		return a, err
	}
	lines, err := faults(forAccounting)
	if err != nil {
		return a, err
	}
	if len(lines) > 0 {
		return accountingOff, nil
	}
	return accountingOn, nil
}
