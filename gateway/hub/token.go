package hub

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// Token is an API token in JupyterHub's shape.
type Token struct {
	User         string        `json:"user"`
	ID           string        `json:"id"`
	Kind         string        `json:"kind"` // "api_token"
	Note         string        `json:"note"`
	Roles        []string      `json:"roles"`
	Scopes       []login.Scope `json:"scopes"`
	Created      *string       `json:"created"`
	LastActivity *string       `json:"last_activity"`
	ExpiresAt    *string       `json:"expires_at"`
	SessionID    *string       `json:"session_id"`
	OAuthClient  string        `json:"oauth_client"`
}

// NewToken is a token that was just made, with its secret.
type NewToken struct {
	Token
	Secret string `json:"token"`
}

func token(t login.Token) Token {
	return Token{
		User: t.Owner, ID: t.ID, Kind: "api_token", Note: t.Name, Roles: []string{}, Scopes: t.Scopes,
		Created: when(t.CreatedAt), LastActivity: when(t.LastUsedAt), ExpiresAt: when(t.ExpiresAt), OAuthClient: "JupyterHub",
	}
}

// tokensList answers with a person's tokens that have not expired.
func (h *Hub) tokensList(c *gin.Context) error {
	_, user, err := target(c, login.OwnReadTokens, "")
	if err != nil {
		return err
	}
	own, err := h.own(c.Request.Context(), user)
	if err != nil {
		return err
	}
	list := make([]Token, len(own))
	for i, t := range own {
		list[i] = token(t)
	}
	return answer(c, http.StatusOK, map[string]any{"api_tokens": list})
}

func (h *Hub) own(ctx context.Context, user string) ([]login.Token, error) {
	own, err := h.Logins.ListTokens(ctx, user)
	now := h.Now()
	return slices.DeleteFunc(own, func(t login.Token) bool { return !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(now) }), err
}

// tokenShow answers with one token.
func (h *Hub) tokenShow(c *gin.Context) error {
	_, user, err := target(c, login.OwnReadTokens, "")
	if err != nil {
		return err
	}
	own, err := h.own(c.Request.Context(), user)
	if err != nil {
		return err
	}
	for _, t := range own {
		if t.ID == c.Param("id") {
			return answer(c, http.StatusOK, token(t))
		}
	}
	return login.ErrNotFound
}

// tokenDelete ends one token.
func (h *Hub) tokenDelete(c *gin.Context) error {
	_, user, err := target(c, login.OwnTokens, "")
	if err != nil {
		return err
	}
	id := c.Param("id")
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' }) {
		return login.ErrNotFound
	}
	if err := h.Logins.DeleteToken(c.Request.Context(), user, id); err != nil {
		return err
	}
	return done(c, http.StatusNoContent)
}

// mostNote is how much of a token's note is kept, in bytes.
const mostNote = 64

// readToken reads what somebody asks a token for.
func readToken(user string, body fields) (login.NewToken, error) {
	n := login.NewToken{Name: "Requested via api"}
	var note string
	var seconds int64
	var scopes, roles []string
	if _, err := body.into("note", &note, "text"); err != nil {
		return n, err
	}
	given, err := body.into("expires_in", &seconds, "a whole number of seconds")
	if err != nil {
		return n, err
	}
	const tooLong = 1 << 32
	if given && (seconds <= 0 || seconds > tooLong) {
		return n, refuse(http.StatusBadRequest, "token expires_in must be a number of seconds above 0")
	}
	n.Life = time.Duration(seconds) * time.Second
	if _, err := body.into("scopes", &scopes, "a list of strings"); err != nil {
		return n, err
	}
	if _, err := body.into("roles", &roles, "a list of strings"); err != nil {
		return n, err
	}
	if len(roles) > 0 {
		return n, refuse(http.StatusBadRequest, "There are no roles here; ask for scopes")
	}
	for _, text := range scopes {
		s, err := login.ParseScope(user, text)
		if err != nil {
			return n, err
		}
		n.Scopes = append(n.Scopes, s)
	}
	if note = plainNote(note); note != "" {
		n.Name = note
	}
	return n, nil
}

// plainNote is a note as a token's name can be: printable and not too long.
func plainNote(note string) string {
	note = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(note, ""))
	for len(note) > mostNote {
		runes := []rune(note)
		note = string(runes[:len(runes)-1])
	}
	return strings.TrimSpace(note)
}
