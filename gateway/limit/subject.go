package limit

import (
	"cmp"
	"slices"
)

// Subject is who asks.
type Subject struct {
	User   string
	Groups []string
	Admin  bool // limits hold for admins too
}

// WhoKind says whom a rule is for.
type WhoKind string

// Kinds of Who, the least specific first.
const (
	Everyone WhoKind = "everyone"
	Group    WhoKind = "group"
	User     WhoKind = "user"
)

// Who is whom a rule is for. The zero value is nobody.
type Who struct {
	Kind WhoKind
	Name string // "" for everyone
}

// Is reports whether the subject is (one of) them.
func (w Who) Is(s Subject) bool {
	switch w.Kind {
	case Everyone:
		return true
	case Group:
		return slices.Contains(s.Groups, w.Name)
	case User:
		return w.Name == s.User
	}
	return false
}

// String is "everyone", "group ml", "user alice".
func (w Who) String() string {
	if w.Kind == Everyone {
		return string(w.Kind)
	}
	return string(w.Kind) + " " + w.Name
}

func (w Who) compare(o Who) int {
	return cmp.Or(cmp.Compare(w.rank(), o.rank()), cmp.Compare(w.Name, o.Name))
}

func (w Who) rank() int {
	return slices.Index([]WhoKind{Everyone, Group, User}, w.Kind)
}

// Scope is where a rule applies: "" means every cluster, every queue.
type Scope struct{ Cluster, Queue string }

// Covers reports whether the place lies in the scope.
func (s Scope) Covers(cluster, queue string) bool {
	return (s.Cluster == "" || s.Cluster == cluster) && (s.Queue == "" || s.Queue == queue)
}

// String is "everywhere", "cluster hpc", "partition gpu", "hpc/gpu".
func (s Scope) String() string {
	switch {
	case s.Cluster == "" && s.Queue == "":
		return "everywhere"
	case s.Queue == "":
		return "cluster " + s.Cluster
	case s.Cluster == "":
		return "partition " + s.Queue
	}
	return s.Cluster + "/" + s.Queue
}

func (s Scope) compare(o Scope) int {
	return cmp.Or(cmp.Compare(s.Cluster, o.Cluster), cmp.Compare(s.Queue, o.Queue))
}
