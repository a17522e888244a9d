package main

import (
	"fmt"
	"strconv"
	"strings"
)

// account is a user of the cluster.
type account struct {
	name  string
	id    int // user id; for services also the id of a group of the same name
	group int
	gecos string
	home  string
	shell string
}

// group is a group of the cluster.
type group struct {
	name    string
	id      int
	members []string
}

const researchers = 2000

// service is the user that berth runs as.
const service = "berth"

// people are the demo's users. Each one's password in the directory is the name.
var people = []account{
	{"alice", 2001, researchers, "Alice Ahlgren", inside("home", "alice"), "/bin/bash"},
	{"bob", 2002, researchers, "Bob Brandt", inside("home", "bob"), "/bin/bash"},
	{"carol", 2003, researchers, "Carol Castro", inside("home", "carol"), "/bin/bash"},
	{"dave", 2004, researchers, "Dave Dlamini", inside("home", "dave"), "/bin/bash"},
}

var peopleGroups = []group{
	{"researchers", researchers, []string{"alice", "bob", "carol", "dave"}},
	{"gpu-users", 2006, []string{"alice", "carol"}},
}

// userFiles are the texts of the files that name users.
type userFiles struct {
	passwd, group, shadow, gshadow string
}

// withPeople adds the demo's users and groups and the service user to the
// machine's files. A user or group of the machine that has the name or number
// of one of ours is left out.
func (f userFiles) withPeople() (userFiles, error) {
	id, err := freeID(f, 990)
	if err != nil {
		return f, err
	}
	users := append([]account{{service, id, id, "berth", inside("state"), "/usr/sbin/nologin"}}, people...)
	groups := append([]group{{name: service, id: id}}, peopleGroups...)
	for _, u := range users {
		f.passwd = without(f.passwd, u.name, u.id) + fmt.Sprintf("%s:x:%d:%d:%s:%s:%s\n", u.name, u.id, u.group, u.gecos, u.home, u.shell)
		f.shadow = without(f.shadow, u.name, -1) + u.name + ":*:19700:0:99999:7:::\n"
	}
	for _, g := range groups {
		members := strings.Join(g.members, ",")
		f.group = without(f.group, g.name, g.id) + fmt.Sprintf("%s:x:%d:%s\n", g.name, g.id, members)
		f.gshadow = without(f.gshadow, g.name, -1) + fmt.Sprintf("%s:*::%s\n", g.name, members)
	}
	return f, nil
}

// without drops the lines of a user file that have this name in the first field
// or this number in the third, and ends the text with a newline.
func without(text, name string, id int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || lineNames(line, name, id) {
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func lineNames(line, name string, id int) bool {
	fields := strings.Split(line, ":")
	if fields[0] == name {
		return true
	}
	return id >= 0 && len(fields) > 2 && fields[2] == strconv.Itoa(id)
}

// freeID is the highest number up to limit that no user and no group has, so
// that the service user takes no other service's place.
func freeID(f userFiles, limit int) (int, error) {
	taken := map[string]bool{}
	for line := range strings.Lines(f.passwd + "\n" + f.group) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[0] != service {
			taken[fields[2]] = true
		}
	}
	for id := limit; id > 100; id-- {
		if !taken[strconv.Itoa(id)] {
			return id, nil
		}
	}
	return 0, fmt.Errorf("no free user id between 100 and %d", limit)
}
