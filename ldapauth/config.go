package ldapauth

import "time"

// Transport says how the connection to an ldap:// URL is protected.
type Transport string

// Transports. The empty value goes by the URL: StartTLS for ldap://, TLS for
// ldaps://, the bare socket for ldapi://.
const (
	// StartTLS upgrades the connection before anything else is sent (RFC 4511
	// section 4.14). A server that cannot is not talked to.
	StartTLS Transport = "starttls"
	// LDAPS is TLS from the first byte; it allows only ldaps:// URLs.
	LDAPS Transport = "ldaps"
	// Plain sends passwords readable over the network. It has to be said.
	Plain Transport = "plain"
)

// GroupMode says where groups are read from.
type GroupMode string

// Group modes. The empty value is GroupsSearch if GroupBaseDN is set, else
// GroupsNone.
const (
	GroupsNone     GroupMode = "none"
	GroupsMemberOf GroupMode = "memberof" // the entry's memberOf attribute
	GroupsSearch   GroupMode = "search"   // GroupFilter under GroupBaseDN
	GroupsBoth     GroupMode = "both"
)

// Nesting says whether the groups of groups count.
type Nesting string

// Ways to find the groups of groups. The empty value is NestNone.
const (
	NestNone Nesting = "none"
	// NestWalk searches for the groups of the groups found, level by level.
	NestWalk Nesting = "walk"
	// NestAD lets Active Directory follow the chain in one search
	// (LDAP_MATCHING_RULE_IN_CHAIN, 1.2.840.113556.1.4.1941, [MS-ADTS] section
	// 3.1.1.3.4.4.3). No other server knows the rule.
	NestAD Nesting = "ad"
)

// Config describes a directory and who of it may sign in. Zero values stand for
// the defaults; URLs and one of UserBaseDN and DNTemplates are required.
type Config struct {
	// URLs are the directory's servers, ldap://host[:389], ldaps://host[:636] or
	// ldapi://%2Fpath%2Fto%2Fsocket, tried in this order. A server that failed
	// is tried last for half a minute.
	URLs []string `yaml:"urls"`
	// Transport protects ldap:// URLs: starttls (default), ldaps or plain.
	Transport Transport `yaml:"transport"`
	// CAFile holds the PEM certificates of the authorities to trust instead of
	// the system's.
	CAFile string `yaml:"ca_file"`
	// ServerName is the name in the servers' certificates; the URL's host by default.
	ServerName string `yaml:"server_name"`
	// ConnectTimeout bounds dialling one server, TLS included. Default 5s.
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
	// ReadTimeout bounds each bind and each search. Default 10s.
	ReadTimeout time.Duration `yaml:"read_timeout"`

	// BindDN and BindPassword are the service account that searches. Without
	// them searches are anonymous, or made as the user with DNTemplates.
	BindDN       string `yaml:"bind_dn"`
	BindPassword string `yaml:"bind_password"`

	// UserBaseDN is where users are searched, with UserFilter, in the whole
	// subtree; the user is then bound with the DN that was found.
	UserBaseDN string `yaml:"user_base_dn"`
	// UserFilter must match exactly one entry. {username} is replaced, escaped.
	// Default (&(objectClass=person)(uid={username})). For Active Directory,
	// without disabled accounts:
	// (&(objectCategory=person)(sAMAccountName={username})(!(userAccountControl:1.2.840.113556.1.4.803:=2)))
	UserFilter string `yaml:"user_filter"`
	// DNTemplates are DNs such as uid={username},ou=people,dc=example,dc=org that
	// are bound directly, in this order, instead of a search.
	DNTemplates []string `yaml:"dn_templates"`

	// UsernameAttribute holds the account name, which must be the one on the
	// cluster. Default uid; sAMAccountName for Active Directory.
	UsernameAttribute string `yaml:"username_attribute"`
	// DisplayNameAttribute holds the full name. Default cn.
	DisplayNameAttribute string `yaml:"display_name_attribute"`
	// MailAttribute holds the mail address. Default mail.
	MailAttribute string `yaml:"mail_attribute"`

	// GroupMode is where groups come from: none, memberof, search or both.
	// Default: search if GroupBaseDN is set, else none.
	GroupMode GroupMode `yaml:"group_mode"`
	// GroupBaseDN is where groups are searched, in the whole subtree. If it is
	// set, memberOf values outside of it are ignored.
	GroupBaseDN string `yaml:"group_base_dn"`
	// GroupFilter matches the groups of a user. {dn} and {username} are replaced,
	// escaped. Default (|(member={dn})(uniqueMember={dn})(memberUid={username})).
	GroupFilter string `yaml:"group_filter"`
	// GroupNameAttribute holds a group's name. Default cn. For memberOf values the
	// name is the first value of the DN.
	GroupNameAttribute string `yaml:"group_name_attribute"`
	// NestedGroups is none (default), walk or ad; the latter two need GroupBaseDN.
	NestedGroups Nesting `yaml:"nested_groups"`
	// NestedFilter matches the groups that contain the group {dn}, for walk.
	// Default (|(member={dn})(uniqueMember={dn})).
	NestedFilter string `yaml:"nested_filter"`
	// NestedDepth is how many levels walk goes up. Default 5.
	NestedDepth int `yaml:"nested_depth"`
	// MaxGroups is how many groups one user may have. A user with more cannot
	// sign in, since a rule about a group that was cut off would be missed.
	// Default 1000.
	MaxGroups int `yaml:"max_groups"`

	// AllowedGroups are the groups that may sign in, by name (any case) or, where
	// names could be ambiguous, by DN. Empty: every user may.
	AllowedGroups []string `yaml:"allowed_groups"`
	// AdminGroups are the groups whose members are admins, who may also sign in.
	AdminGroups []string `yaml:"admin_groups"`

	// UsernamePattern is a regular expression (RE2) that a whole user name must
	// match, as typed and as found. Whatever it says, a name is never empty, does
	// not begin with "-" and has none of the characters that are special in a
	// filter, a path or a shell. Default ^[a-z_][a-z0-9_-]{0,31}$, see useradd(8).
	UsernamePattern string `yaml:"username_pattern"`
	// KeepCase stops names from being put into lower case.
	KeepCase bool `yaml:"keep_case"`
}

const (
	defaultUserFilter   = "(&(objectClass=person)(uid={username}))"
	defaultGroupFilter  = "(|(member={dn})(uniqueMember={dn})(memberUid={username}))"
	defaultNestedFilter = "(|(member={dn})(uniqueMember={dn}))"
	chainFilter         = "(member:1.2.840.113556.1.4.1941:={dn})"
	defaultPattern      = "^[a-z_][a-z0-9_-]{0,31}$"
)

func (c Config) withDefaults() Config {
	set(&c.ConnectTimeout, 5*time.Second)
	set(&c.ReadTimeout, 10*time.Second)
	set(&c.UserFilter, defaultUserFilter)
	set(&c.UsernameAttribute, "uid")
	set(&c.DisplayNameAttribute, "cn")
	set(&c.MailAttribute, "mail")
	if c.GroupBaseDN != "" {
		set(&c.GroupMode, GroupsSearch)
	}
	set(&c.GroupMode, GroupsNone)
	set(&c.GroupFilter, defaultGroupFilter)
	set(&c.GroupNameAttribute, "cn")
	set(&c.NestedGroups, NestNone)
	set(&c.NestedFilter, defaultNestedFilter)
	set(&c.NestedDepth, 5)
	set(&c.MaxGroups, 1000)
	set(&c.UsernamePattern, defaultPattern)
	return c
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
