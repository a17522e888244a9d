package main

import (
	"context"
	_ "embed" // for accounts
)

// accounts are the cluster's accounts and who may charge them, for
// "sacctmgr load".
//
//go:embed accounts.cfg
var accounts string

// accountsStamp holds the accounts that were made. It is written last, so that
// an interrupted first start does no harm, and other accounts are made anew.
var accountsStamp = inside("accounting", "made.cfg")

func accountsMade() bool { return read(accountsStamp) == accounts }

// makeQOS adds a QOS that refuses at once what is over its limit, instead of
// letting it wait. It comes before the controller: one that is starting has read
// what there is, and cannot be told yet what is new.
func makeQOS(ctx context.Context) error {
	return sacctmgr(ctx, "add", "qos", "short", "MaxWall=00:30:00", "Flags=DenyOnLimit", "Priority=100")
}

// makeAccounts comes after makeQOS and when the controller runs: it is from the
// controller that slurmdbd learns of the cluster and its GPUs.
func makeAccounts(ctx context.Context) error {
	file := inside("accounting", "accounts.cfg")
	if err := write(file, accounts, 0o600); err != nil {
		return err
	}
	if err := sacctmgr(ctx, "load", "file="+file); err != nil {
		return err
	}
	return write(accountsStamp, accounts, 0o600)
}

func sacctmgr(ctx context.Context, arguments ...string) error {
	return command(ctx, "", "", append([]string{"/usr/bin/sacctmgr", "--immediate", "--quiet"}, arguments...)...)
}
