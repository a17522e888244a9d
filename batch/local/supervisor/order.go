package supervisor

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Order is what one of the commands is asked for, as JSON on its standard input.
// All but Start need Dir, Job and User only.
type Order struct {
	// Dir is where jobs' directories are. "$HOME" and "$USER" are replaced.
	Dir string `json:"dir"`
	// Job is the job's id and its directory's name.
	Job string `json:"job"`

	// Home and User replace the owner's own, for demonstrations; "" does not.
	Home string `json:"home,omitempty"`
	User string `json:"user,omitempty"`

	Script  []byte   `json:"script,omitempty"` // begins with "#!"
	WorkDir string   `json:"work_dir,omitempty"`
	Env     []string `json:"env,omitempty"` // added to the job's environment
	// Login says that the script runs in the environment of the owner's login
	// shell: /etc/profile and the like are read.
	Login bool `json:"login,omitempty"`
	// Wrap is a launcher's argv, put in front of the supervisor's: systemd-run.
	Wrap []string `json:"wrap,omitempty"`

	TimeLimit time.Duration `json:"time_limit,omitempty"` // 0: none
	Grace     time.Duration `json:"grace,omitempty"`      // from SIGTERM to SIGKILL
	Memory    int64         `json:"memory,omitempty"`     // bytes; 0: not looked at

	// Grouped says that the supervisor is born in the job's control group, and starts
	// nothing elsewhere.
	Grouped bool `json:"grouped,omitempty"`

	// Begun says that the job is known to have been started: Cancel leaves nothing
	// behind to prevent that.
	Begun bool `json:"begun,omitempty"`
	// Kill makes Cancel end the job at once.
	Kill bool `json:"kill,omitempty"`
}

// JobPattern is what an id looks like: a number, a hyphen, and four characters
// that tell one state directory's jobs from another's.
var JobPattern = regexp.MustCompile(`^[1-9][0-9]{0,17}-[a-z2-7]{4}$`)

func (o Order) check() error {
	switch {
	case !JobPattern.MatchString(o.Job):
		return fmt.Errorf("%.40q is not a job's id", o.Job)
	case o.Dir == "" || strings.ContainsRune(o.Dir, 0):
		return errors.New("no directory was named")
	case o.TimeLimit < 0 || o.Grace < 0 || o.Memory < 0:
		return errors.New("a negative limit")
	}
	for _, entry := range o.Env {
		if strings.ContainsRune(entry, 0) || strings.IndexByte(entry, '=') < 1 {
			return errors.New("an entry of the environment is not NAME=value")
		}
	}
	return nil
}

// place is the job's directory, for the owner p.
func (o Order) place(p person) (string, error) {
	dir := strings.NewReplacer("$HOME", p.home, "$USER", p.name).Replace(o.Dir)
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("the directory %q is not absolute", dir)
	}
	return filepath.Join(filepath.Clean(dir), o.Job), nil
}
