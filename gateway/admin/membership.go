package admin

// Membership is a group of the directory with those of its members who are
// known here.
type Membership struct {
	Group string
	Users []string // sorted
}
