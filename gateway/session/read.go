package session

import (
	"context"
	"errors"
)

// Owned returns the session if it is the owner's, and ErrNotFound otherwise:
// somebody else's session is not told apart from none. This is the one place
// where ownership is checked by id; AtPath is its twin for paths.
func (l *Lifecycle) Owned(ctx context.Context, owner string, id ID) (Session, error) {
	if owner == "" || !id.Valid() {
		return Session{}, ErrNotFound
	}
	s, err := l.Store.Get(ctx, id)
	if err != nil {
		return Session{}, err
	}
	if s.Owner != owner {
		return Session{}, ErrNotFound
	}
	return s, nil
}

// AtPath returns the session served at /user/<pathOwner>/<name>/ if the asker
// may use it, and ErrNotFound otherwise.
func (l *Lifecycle) AtPath(ctx context.Context, asker, pathOwner, name string) (Session, error) {
	if asker == "" || asker != pathOwner || !namePattern.MatchString(name) {
		return Session{}, ErrNotFound
	}
	return l.Store.ByName(ctx, pathOwner, name)
}

// Sessions lists the owner's sessions: every live one and some that ended.
func (l *Lifecycle) Sessions(ctx context.Context, owner string) ([]Session, error) {
	if owner == "" {
		return nil, errors.New("sessions of nobody")
	}
	live, err := l.Store.List(ctx, Filter{Owner: owner, Live: true})
	if err != nil {
		return nil, err
	}
	recent, err := l.Store.List(ctx, Filter{Owner: owner, Limit: 50})
	if err != nil {
		return nil, err
	}
	for _, s := range recent {
		if !s.Live() {
			live = append(live, s)
		}
	}
	return live, nil
}
