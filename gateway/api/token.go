package api

import (
	"time"

	"github.com/berth-hpc/berth/gateway/login"
)

// Token is an API token in answers, without its secret.
type Token struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Prefix     string        `json:"prefix"` // how the token begins
	Scopes     []login.Scope `json:"scopes"` // what it may do
	CreatedAt  time.Time     `json:"created_at"`
	ExpiresAt  *time.Time    `json:"expires_at"`   // null: never
	LastUsedAt *time.Time    `json:"last_used_at"` // null: never
}

// NewToken is a token that was just made, with its secret: the only answer that
// ever has it.
type NewToken struct {
	Token
	Secret string `json:"token"`
}

// TokenList is the answer to a list of tokens.
type TokenList struct {
	Tokens []Token `json:"tokens"`
}

func token(t login.Token) Token {
	return Token{
		ID: t.ID, Name: t.Name, Prefix: t.Prefix, Scopes: list(t.Scopes), CreatedAt: t.CreatedAt.UTC().Truncate(time.Millisecond),
		ExpiresAt: when(t.ExpiresAt), LastUsedAt: when(t.LastUsedAt),
	}
}
