package preset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/berth-hpc/berth/gateway/session"
)

// Shelf is where presets are kept and found.
type Shelf struct {
	Site  []Preset // the site's own
	Store Store
	Now   func() time.Time
}

// Own are the person's.
func (s *Shelf) Own(ctx context.Context, owner string) ([]Preset, error) {
	return s.Store.Presets(ctx, owner)
}

// Find is the person's preset of that name, or else the site's; ErrNotFound.
func (s *Shelf) Find(ctx context.Context, owner, name string) (Preset, error) {
	own, err := s.Store.Presets(ctx, owner)
	if err != nil {
		return Preset{}, err
	}
	for _, p := range slices.Concat(own, s.Site) {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, ErrNotFound
}

// Save keeps the values under a name. The name of a session is left out: it is
// of one. Without a name, the preset takes the suggested one, with a number if
// need be. Errors: *session.Invalid, ErrTooMany, ErrNameTaken.
func (s *Shelf) Save(ctx context.Context, owner, name, suggested string, values session.Request) (Preset, error) {
	p := Preset{ID: string(session.NewID()), Owner: owner, Name: strings.TrimSpace(name), Values: session.Request{}, CreatedAt: s.Now()}
	for _, field := range session.Fields {
		if v := values[field]; v != "" && field != "name" {
			p.Values[field] = v
		}
	}
	bad := &session.Invalid{}
	for field, v := range p.Values {
		if len(v) > mostValue || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			bad.Faults = append(bad.Faults, session.Fault{Field: field, Message: fmt.Sprintf("%s cannot be kept: it has too many characters, or ones that cannot be shown", field)})
		}
	}
	if len(p.Values) == 0 {
		bad.Faults = append(bad.Faults, session.Fault{Message: "there is nothing to keep"})
	}
	if p.Name == "" {
		return s.number(ctx, p, fit(suggested), bad)
	}
	if fault := CheckName(p.Name); fault != "" {
		bad.Faults = append(bad.Faults, session.Fault{Field: "preset", Message: fault})
	}
	if len(bad.Faults) > 0 {
		return Preset{}, bad
	}
	return p, s.Store.AddPreset(ctx, p, Most)
}

// mostValue bounds one value, in bytes.
const mostValue = 256

// number saves the preset as name, "name 2", "name 3", ...
func (s *Shelf) number(ctx context.Context, p Preset, name string, bad *session.Invalid) (Preset, error) {
	if len(bad.Faults) > 0 {
		return Preset{}, bad
	}
	err := ErrNameTaken
	for n := 1; errors.Is(err, ErrNameTaken) && n <= Most+1; n++ {
		if p.Name = name; n > 1 {
			p.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		err = s.Store.AddPreset(ctx, p, Most)
	}
	return p, err
}

// Rename gives one of the person's another name: *session.Invalid, ErrNotFound,
// ErrNameTaken.
func (s *Shelf) Rename(ctx context.Context, owner, id, name string) error {
	own, err := s.Store.Presets(ctx, owner)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(own, func(p Preset) bool { return p.ID == id }) {
		return ErrNotFound
	}
	name = strings.TrimSpace(name)
	if fault := CheckName(name); fault != "" {
		return &session.Invalid{Faults: []session.Fault{{Field: "preset", Message: fault}}}
	}
	return s.Store.RenamePreset(ctx, owner, id, name)
}

// Delete removes one of the person's; ErrNotFound.
func (s *Shelf) Delete(ctx context.Context, owner, id string) error {
	if !session.ID(id).Valid() {
		return ErrNotFound
	}
	return s.Store.DeletePreset(ctx, owner, id)
}

// CheckName says what is wrong with a preset's name; "" for nothing.
func CheckName(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "A preset needs a name"
	case n > MostName || !utf8.ValidString(name):
		return fmt.Sprintf("A preset’s name has at most %d characters", MostName)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "A preset’s name cannot have characters that cannot be shown"
	}
	return ""
}

// fit makes a name out of words that were made up, with room for a number.
func fit(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > MostName-5 {
		name = string(runes[:MostName-5])
	}
	if name = strings.TrimSpace(name); name == "" {
		return "Preset"
	}
	return name
}
