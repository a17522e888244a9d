package preset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// Most is how many presets one person may have.
const Most = 20

// MostName is how long a preset's name may be, in characters.
const MostName = 60

// Preset is a launch request with a name.
type Preset struct {
	ID          string // "" for one of the site's
	Owner       string // "" for one of the site's
	Name        string
	Description string // the site's only
	Values      session.Request
	CreatedAt   time.Time
}

// Store keeps people's presets.
type Store interface {
	// Presets are the owner's, the oldest first.
	Presets(ctx context.Context, owner string) ([]Preset, error)
	// AddPreset keeps one; ErrTooMany, ErrNameTaken.
	AddPreset(ctx context.Context, p Preset, most int) error
	// RenamePreset renames one of the owner's; ErrNotFound, ErrNameTaken.
	RenamePreset(ctx context.Context, owner, id, name string) error
	// DeletePreset removes one of the owner's; ErrNotFound.
	DeletePreset(ctx context.Context, owner, id string) error
}

// Errors of every Store.
var (
	ErrNotFound  = errors.New("no such preset")
	ErrNameTaken = errors.New("you have a preset of this name")
	ErrTooMany   = fmt.Errorf("you have %d presets, which is the most; delete one first", Most)
)
