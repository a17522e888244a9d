package hub

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// password is what a request without a login proves itself with.
type password struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// tokensCreate makes a token, for the caller or for whoever's password is in the
// body. Nobody makes one for somebody else.
func (h *Hub) tokensCreate(c *gin.Context) error {
	body, err := readFields(c)
	if err != nil {
		return err
	}
	user := c.Param("user")
	request, err := readToken(user, body)
	if err != nil {
		return err
	}
	caller, ok := login.CallerOf(c.Request.Context())
	var made login.Token
	var secret string
	if ok {
		if caller.User.Name != user {
			return login.ErrNotFound
		}
		made, secret, err = h.Logins.CreateToken(c.Request.Context(), caller, request)
	} else {
		var auth password
		if given, err := body.into("auth", &auth, "an object with username and password"); err != nil {
			return err
		} else if !given || auth.Username != user {
			return errForbidden
		}
		made, secret, _, err = h.byPassword(c, auth, request)
	}
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, NewToken{Token: token(made), Secret: secret})
}

// errForbidden is JupyterHub's answer to whoever it does not know.
var errForbidden = &Refusal{http.StatusForbidden, "Forbidden"}

// byPassword makes a token for whom the password proves. It is throttled as every
// sign-in is.
func (h *Hub) byPassword(c *gin.Context, p password, n login.NewToken) (login.Token, string, login.User, error) {
	ctx := c.Request.Context()
	l, _, err := h.Logins.SignIn(ctx, p.Username, p.Password, c.ClientIP(), c.Request.UserAgent())
	if err != nil {
		return login.Token{}, "", login.User{}, err
	}
	made, secret, err := h.Logins.CreateToken(ctx, login.Caller{User: l.User, LoginID: l.ID}, n)
	if end := h.Logins.SignOut(ctx, l.User.Name, l.ID); err == nil {
		err = end
	}
	return made, secret, l.User, err
}

// authorize is the old way to a token: {"username", "password"}, or a login.
func (h *Hub) authorize(c *gin.Context) error {
	body, err := readFields(c)
	if err != nil {
		return err
	}
	var proof password
	if _, err := body.into("username", &proof.Username, "text"); err != nil {
		return err
	}
	if _, err := body.into("password", &proof.Password, "text"); err != nil {
		return err
	}
	n := login.NewToken{Name: "Requested via deprecated api"}
	caller, ok := login.CallerOf(c.Request.Context())
	user := caller.User
	var secret string
	switch {
	case proof.Username != "":
		_, secret, user, err = h.byPassword(c, proof, n)
	case ok:
		_, secret, err = h.Logins.CreateToken(c.Request.Context(), caller, n)
	default:
		return errForbidden
	}
	if err != nil {
		return err
	}
	servers, err := h.servers(c.Request.Context(), user.Name, false)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, map[string]any{
		"token": secret, "user": h.user(user, h.Now(), servers, h.used(c.Request.Context())),
		"warnings": []string{"POST " + Base + "/authorizations/token is deprecated: use POST " + Base + "/users/" + user.Name + "/tokens"},
	})
}
