package ldapauth

// Identity is what the directory says about a person.
type Identity struct {
	// Username is the canonical account name, read from the entry, not from what
	// the person typed.
	Username string
	// DN is the entry's distinguished name.
	DN string
	// DisplayName is the person's full name; Username when the entry has none.
	DisplayName string
	// Mail is the first mail address; "" for none.
	Mail string
	// Groups are the names of the person's groups, sorted, each once.
	Groups []string
	// Admin says that one of Groups is among the configured admin groups.
	Admin bool
}
