package ldapauth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/google/go-cmp/cmp"
	"github.com/jimlambrt/gldap"
)

const (
	adBase  = "dc=corp,dc=example"
	adAlice = "CN=Alice Example,OU=Staff,DC=corp,DC=example"
)

// activeDirectory answers as one would for a single user. refusal is the code
// that Active Directory puts into "data"; "" lets the user in.
func activeDirectory(refusal string) *scripted {
	return &scripted{
		bind: func(dn, password string) (int, string) {
			switch {
			case dn == "svc@corp.example" && password == "service":
				return gldap.ResultSuccess, ""
			case dn == adAlice && password == "secret" && refusal == "":
				return gldap.ResultSuccess, ""
			case dn == adAlice && refusal != "":
				return gldap.ResultInvalidCredentials, "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data " + refusal + ", v4563\x00"
			}
			return gldap.ResultInvalidCredentials, "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563\x00"
		},
		search: func(_, filter string) map[string]map[string][]string {
			switch {
			case strings.Contains(filter, "(sAMAccountName=alice)"):
				return map[string]map[string][]string{adAlice: {
					"sAMAccountName": {"Alice"}, "displayName": {"Alice Example"}, "mail": {"alice@corp.example"},
					"memberOf": {"CN=Lab,OU=Groups,DC=corp,DC=example"},
				}}
			case filter == "(member:1.2.840.113556.1.4.1941:="+adAlice+")":
				return map[string]map[string][]string{
					"CN=Lab,OU=Groups,DC=corp,DC=example":         {"cn": {"Lab"}},
					"CN=Institute,OU=Groups,DC=corp,DC=example":   {"cn": {"Institute"}},
					"CN=HPC Users,OU=Groups,DC=corp,DC=example":   {"cn": {"HPC Users"}},
					"CN=No Name Here,OU=Groups,DC=corp,DC=exampl": {},
				}
			}
			return nil
		},
	}
}

func adConfig(url string) ldapauth.Config {
	return ldapauth.Config{
		URLs: []string{url}, Transport: ldapauth.Plain,
		BindDN: "svc@corp.example", BindPassword: "service",
		UserBaseDN: adBase, UserFilter: "(&(objectCategory=person)(sAMAccountName={username}))",
		UsernameAttribute: "sAMAccountName", DisplayNameAttribute: "displayName",
		GroupMode: ldapauth.GroupsMemberOf, GroupBaseDN: "ou=groups," + adBase, NestedGroups: ldapauth.NestAD,
		AllowedGroups: []string{"hpc users"},
	}
}

func TestActiveDirectoryNestedGroups(t *testing.T) {
	t.Parallel()
	ad := activeDirectory("")
	id, err := authenticator(t, adConfig(ad.start(t))).Authenticate(t.Context(), "alice", "secret")
	if err != nil {
		t.Fatal(err)
	}
	want := ldapauth.Identity{
		Username: "alice", DN: adAlice, DisplayName: "Alice Example", Mail: "alice@corp.example",
		Groups: []string{"HPC Users", "Institute", "Lab"},
	}
	if diff := cmp.Diff(want, id); diff != "" {
		t.Error(diff)
	}
	if want := "search (member:1.2.840.113556.1.4.1941:=" + adAlice + ")"; !slices.Contains(ad.taken(), want) {
		t.Errorf("no %s", want)
	}
}

func TestActiveDirectoryRefusals(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"52e": "wrong password", "532": "expired", "533": "disabled", "701": "expired", "773": "must be changed", "775": "locked",
		"fff": "Invalid Credentials",
	} {
		_, err := authenticator(t, adConfig(activeDirectory(data).start(t))).Authenticate(t.Context(), "alice", "secret")
		if outcome(t, err) != "invalid" || !strings.Contains(err.Error(), want) || strings.ContainsRune(err.Error(), 0) {
			t.Errorf("%s: %q", data, err)
		}
	}
}

// 389 Directory Server says 19 and 53 for locked and inactive accounts; codes
// about the server are not about the user.
func TestResultCodesOfAUserBind(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		gldap.ResultSuccess:                     "identity",
		gldap.ResultInvalidCredentials:          "invalid",
		gldap.ResultConstraintViolation:         "invalid",
		gldap.ResultUnwillingToPerform:          "invalid",
		gldap.ResultNoSuchObject:                "invalid",
		gldap.ResultInappropriateAuthentication: "invalid",
		gldap.ResultBusy:                        "unavailable",
		gldap.ResultUnavailable:                 "unavailable",
		gldap.ResultOperationsError:             "unavailable",
		gldap.ResultStrongAuthRequired:          "unavailable",
		gldap.ResultConfidentialityRequired:     "unavailable",
		gldap.ResultReferral:                    "unavailable",
		gldap.ResultOther:                       "unavailable",
	} {
		ad := activeDirectory("")
		normal := ad.bind
		ad.bind = func(dn, password string) (int, string) {
			if dn == adAlice {
				return code, "as scripted"
			}
			return normal(dn, password)
		}
		_, err := authenticator(t, adConfig(ad.start(t))).Authenticate(t.Context(), "alice", "secret")
		if got := outcome(t, err); got != want {
			t.Errorf("result code %d: got %s, want %s (%v)", code, got, want, err)
		}
	}
}

// Whether a name exists does not show in what is asked of the directory.
func TestUnknownUserCostsTheSameRoundTrips(t *testing.T) {
	t.Parallel()
	ad := activeDirectory("")
	a := authenticator(t, adConfig(ad.start(t)))
	kinds := func(user string) (kinds []string) {
		if _, err := a.Authenticate(t.Context(), user, "wrong"); outcome(t, err) != "invalid" {
			t.Fatal(err)
		}
		for _, r := range ad.taken() {
			kind, _, _ := strings.Cut(r, " ")
			kinds = append(kinds, kind)
		}
		return kinds
	}
	if diff := cmp.Diff(kinds("alice"), kinds("nobody")); diff != "" {
		t.Error(diff)
	}
}

// A list that Active Directory sends in parts is not complete.
func TestMemberOfInParts(t *testing.T) {
	t.Parallel()
	ad := activeDirectory("")
	normal := ad.search
	ad.search = func(base, filter string) map[string]map[string][]string {
		found := normal(base, filter)
		if alice := found[adAlice]; alice != nil {
			alice["memberOf;range=0-1499"] = alice["memberOf"]
			delete(alice, "memberOf")
		}
		return found
	}
	_, err := authenticator(t, adConfig(ad.start(t))).Authenticate(t.Context(), "alice", "secret")
	if got := outcome(t, err); got != "unavailable" {
		t.Errorf("%s: %v", got, err)
	}
}

// A server that says itself that it cannot serve now is passed over.
func TestBusyServerIsPassedOver(t *testing.T) {
	t.Parallel()
	for _, code := range []int{gldap.ResultBusy, gldap.ResultUnavailable} {
		busy := activeDirectory("")
		busy.bind = func(string, string) (int, string) { return code, "later" }
		cfg := adConfig(busy.start(t))
		cfg.URLs = append(cfg.URLs, activeDirectory("").start(t))
		if _, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "secret"); err != nil {
			t.Errorf("result code %d: %v", code, err)
		}
	}
}
