package preset

import "context"

// None keeps nothing: for a site that has no Store.
type None struct{}

// Presets implements Store.
func (None) Presets(context.Context, string) ([]Preset, error) { return nil, nil }

// AddPreset implements Store.
func (None) AddPreset(context.Context, Preset, int) error { return ErrTooMany }

// RenamePreset implements Store.
func (None) RenamePreset(context.Context, string, string, string) error { return ErrNotFound }

// DeletePreset implements Store.
func (None) DeletePreset(context.Context, string, string) error { return ErrNotFound }
