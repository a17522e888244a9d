package main

import "os"

// place of the cluster's directory: what lies where, whose it is.
type folder struct {
	path  string
	owner string
	mode  os.FileMode
	fresh bool // emptied at each start
}

// folders that are needed before the users exist.
var plainFolders = []folder{
	{path: "", owner: "root", mode: 0o755},
	{path: "bin", owner: "root", mode: 0o755},
	{path: "etc", owner: "root", mode: 0o755, fresh: true},
	{path: "etc/sudoers.d", owner: "root", mode: 0o755},
	{path: "etc/pam.d", owner: "root", mode: 0o755},
	{path: faultyFolder, owner: "root", mode: 0o755, fresh: true},
	{path: "home", owner: "root", mode: 0o755},
	{path: "log", owner: "root", mode: 0o755, fresh: true},
	{path: "tmp", owner: "root", mode: 0o777 | os.ModeSticky, fresh: true},
}

// folders of services and users.
func ownedFolders(keepJobs bool) []folder {
	list := []folder{
		{path: "munge", owner: "munge", mode: 0o755, fresh: true},
		{path: "slurm", owner: "root", mode: 0o755},
		{path: "slurm/state", owner: "slurm", mode: 0o700, fresh: !keepJobs},
		{path: "slurm/spool", owner: "root", mode: 0o755, fresh: !keepJobs},
		{path: "slurm/gpu", owner: "root", mode: 0o755, fresh: true},
		{path: "ldap", owner: "openldap", mode: 0o755, fresh: true},
		{path: "ldap/config", owner: "openldap", mode: 0o700},
		{path: "ldap/data", owner: "openldap", mode: 0o700},
		{path: "postgres", owner: "postgres", mode: 0o755},
		{path: "postgres/run", owner: "postgres", mode: 0o750, fresh: true},
		{path: "accounting", owner: accountsUser, mode: 0o700},
		{path: "accounting/run", owner: accountsUser, mode: 0o700, fresh: true},
		{path: "secrets", owner: service, mode: 0o700},
		{path: "state", owner: service, mode: 0o700},
	}
	for _, n := range nodes {
		list = append(list, folder{path: "slurm/spool/" + n.name, owner: "root", mode: 0o755})
	}
	for _, p := range people {
		list = append(list, folder{path: "home/" + p.name, owner: p.name, mode: 0o700})
	}
	return list
}

func (f folder) make() error {
	path := inside(f.path)
	if f.fresh {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if f.owner != "root" {
		if err := give(path, f.owner); err != nil {
			return err
		}
	}
	return os.Chmod(path, f.mode)
}

func makeFolders(list []folder) error {
	for _, f := range list {
		if err := f.make(); err != nil {
			return err
		}
	}
	return nil
}
