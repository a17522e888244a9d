package memory

import (
	"crypto/subtle"
	"errors"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// errOver is a client that says goodbye, or nothing that makes sense.
var errOver = errors.New("the conversation is over")

// answer is what is said to one message (RFC 4511, section 4.1.1).
func (s *Server) answer(message *ber.Packet) ([]*ber.Packet, error) {
	if len(message.Children) < 2 {
		return nil, errOver
	}
	id, ok := message.Children[0].Value.(int64)
	op := message.Children[1]
	if !ok || op.ClassType != ber.ClassApplication {
		return nil, errOver
	}
	switch op.Tag {
	case ldap.ApplicationBindRequest:
		return []*ber.Packet{result(id, ldap.ApplicationBindResponse, s.bind(op))}, nil
	case ldap.ApplicationSearchRequest:
		return s.search(id, op)
	case ldap.ApplicationExtendedRequest:
		return []*ber.Packet{result(id, ldap.ApplicationExtendedResponse, ldap.LDAPResultProtocolError)}, nil
	case ldap.ApplicationAbandonRequest:
		return nil, nil
	}
	return nil, errOver
}

// bind says yes to the right password and, as a directory should, nothing else to
// any other (section 4.2).
func (s *Server) bind(op *ber.Packet) int64 {
	if len(op.Children) != 3 || op.Children[2].Tag != 0 {
		return ldap.LDAPResultAuthMethodNotSupported
	}
	dn, password := text(op.Children[1]), text(op.Children[2])
	for _, e := range s.tree {
		if strings.EqualFold(e.DN, dn) && e.Password != "" && subtle.ConstantTimeCompare([]byte(e.Password), []byte(password)) == 1 {
			return ldap.LDAPResultSuccess
		}
	}
	return ldap.LDAPResultInvalidCredentials
}

// search finds entries (section 4.5).
func (s *Server) search(id int64, op *ber.Packet) ([]*ber.Packet, error) {
	if len(op.Children) < 8 {
		return nil, errOver
	}
	base, filter := text(op.Children[0]), op.Children[6]
	scope, ok := op.Children[1].Value.(int64)
	if !ok {
		return nil, errOver
	}
	var asked []string
	for _, a := range op.Children[7].Children {
		asked = append(asked, text(a))
	}
	var answers []*ber.Packet
	for _, e := range s.tree {
		if e.under(base, scope) && e.matches(filter) {
			answers = append(answers, e.packet(id, asked))
		}
	}
	code := int64(ldap.LDAPResultSuccess)
	if len(answers) == 0 && scope == scopeBase {
		code = ldap.LDAPResultNoSuchObject
	}
	return append(answers, result(id, ldap.ApplicationSearchResultDone, code)), nil
}

// packet is the entry as an answer, with the attributes that were asked for.
func (e Entry) packet(id int64, asked []string) *ber.Packet {
	all := len(asked) == 0 || slices.Contains(asked, "*")
	attributes := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, values := range e.Attributes {
		if !all && !slices.ContainsFunc(asked, func(a string) bool { return strings.EqualFold(a, name) }) {
			continue
		}
		attribute := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		attribute.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		attribute.AppendChild(set)
		attributes.AppendChild(attribute)
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(octets(e.DN))
	op.AppendChild(attributes)
	return envelope(id, op)
}

// result ends the answer to a request (section 4.1.9).
func result(id int64, tag ber.Tag, code int64) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(octets(""))
	op.AppendChild(octets(""))
	return envelope(id, op)
}

func envelope(id int64, op *ber.Packet) *ber.Packet {
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	return m
}

func octets(value string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, value, "")
}
