// Package command runs one command of a batch system as one user and says
// exactly what came of it.
//
// It promises: argv only, never a shell; an environment that the caller gives
// and nothing else; standard output and standard error apart and both bounded;
// an end at the deadline, for the whole process group; no standard input in a
// log or an error. A command that ran and failed is a Result with its exit
// code, for the caller to judge. An error means that there is no result to
// judge, and it is always batch.ErrUnavailable or batch.ErrForbidden, so that a
// timeout is never mistaken for an answer.
//
// A batch system that hangs costs its callers one deadline: while questions
// stall, the next ones fail at once (ErrStalled) and are asked in the background
// until one is answered. Submitting and cancelling always run.
//
// # Sudo
//
// With As "sudo" the command line is
//
//	sudo -n -u OWNER -- /usr/bin/sbatch ...
//
// so that the rule can be as narrow as the commands:
//
//	berth ALL=(%researchers) NOPASSWD: /usr/bin/sbatch, /usr/bin/scancel
//
// Sudo drops the environment, as it should. A site with a SLURM_CONF that is
// not compiled in lets that one variable through:
//
//	Defaults!/usr/bin/sbatch  env_keep += "SLURM_CONF"
//	Defaults!/usr/bin/scancel env_keep += "SLURM_CONF"
//
// The names of owners are checked here, and root is refused whatever the rule
// says. A systemd unit must not set NoNewPrivileges.
package command
