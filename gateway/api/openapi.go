package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

//go:embed openapi.json
var template []byte

// openapi answers with the OpenAPI document.
func (a *API) openapi(c *gin.Context) error {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/json", a.document)
	return nil
}

// document is openapi.json with what only this site knows: berth's version and
// the gateway's address.
func document(version, public string) ([]byte, error) {
	doc := template
	for mark, value := range map[string]string{
		`"@VERSION@"`: version, `"@PUBLIC_URL@"`: public, `"@COOKIE@"`: login.CookieName(strings.HasPrefix(public, "https:")),
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		doc = bytes.ReplaceAll(doc, []byte(mark), text)
	}
	if !json.Valid(doc) {
		return nil, errors.New("api: openapi.json is not JSON")
	}
	return doc, nil
}
