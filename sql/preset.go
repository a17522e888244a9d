package sql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

var _ preset.Store = (*Store)(nil)

// Presets implements preset.Store.
func (s *Store) Presets(ctx context.Context, owner string) (found []preset.Preset, err error) {
	err = s.do(ctx, "list presets", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.PresetsOf(ctx, owner)
		if err != nil {
			return err
		}
		for _, r := range rows {
			p := preset.Preset{ID: r.ID, Owner: r.Owner, Name: r.Name, CreatedAt: r.CreatedAt.UTC()}
			if err := json.Unmarshal(r.Fields, &p.Values); err != nil {
				return fmt.Errorf("preset %s: %w", r.ID, err)
			}
			found = append(found, p)
		}
		return nil
	})
	return found, err
}

// AddPreset implements preset.Store.
func (s *Store) AddPreset(ctx context.Context, p preset.Preset, most int) error {
	fields, err := json.Marshal(p.Values)
	if err != nil {
		return err
	}
	return s.tx(ctx, "keep a preset", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.LockPresets(ctx, lockKey("presets", p.Owner)); err != nil {
			return err
		}
		n, err := q.CountPresets(ctx, p.Owner)
		if err != nil {
			return err
		}
		if n >= int64(most) {
			return preset.ErrTooMany
		}
		added, err := q.InsertPreset(ctx, dbsqlc.InsertPresetParams{
			ID: p.ID, Owner: p.Owner, Name: p.Name, Fields: fields, CreatedAt: p.CreatedAt,
		})
		if err == nil && added == 0 {
			return preset.ErrNameTaken
		}
		return err
	})
}

// RenamePreset implements preset.Store.
func (s *Store) RenamePreset(ctx context.Context, owner, id, name string) error {
	return s.do(ctx, "rename a preset", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.RenamePreset(ctx, dbsqlc.RenamePresetParams{Owner: owner, ID: id, Name: name})
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.ConstraintName == "presets_unique" {
			return preset.ErrNameTaken
		}
		if err == nil && n == 0 {
			return preset.ErrNotFound
		}
		return err
	})
}

// DeletePreset implements preset.Store.
func (s *Store) DeletePreset(ctx context.Context, owner, id string) error {
	return s.do(ctx, "delete a preset", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.DeletePreset(ctx, dbsqlc.DeletePresetParams{Owner: owner, ID: id})
		if err == nil && n == 0 {
			return preset.ErrNotFound
		}
		return err
	})
}
