package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// asNobody runs the demo as somebody who is not root: neither PostgreSQL nor what
// people run in their sessions has any business being root. Below sudo that is
// who called it, else nobody.
func (d demo) asNobody(ctx context.Context) (err error) {
	who, err := unprivileged()
	if err != nil {
		return err
	}
	base, err := os.MkdirTemp("/tmp", "berth-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(base)) }()
	binary := filepath.Join(base, "berth")
	args := []string{"demo", "--addr=" + d.addr, "--database=" + d.database, "--verbose=" + strconv.FormatBool(d.verbose)}
	if d.dir == "" {
		args = append(args, "--dir="+filepath.Join(base, "demo"), "--temporary")
	} else {
		dir, err := filepath.Abs(d.dir)
		if err != nil {
			return err
		}
		if err := os.Mkdir(dir, 0o700); err == nil {
			err = os.Chown(dir, int(who.Uid), int(who.Gid))
			if err != nil {
				return err
			}
		}
		args = append(args, "--dir="+dir)
	}
	err = errors.Join(copySelf(binary), os.Chown(base, int(who.Uid), int(who.Gid)))
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = base
	cmd.Env = append(os.Environ(), "HOME="+base, "TMPDIR=/tmp")
	cmd.Stdout, cmd.Stderr = d.out, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	// On a terminal Ctrl-C has reached it already; it knows what to do.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Minute
	err = cmd.Run()
	if ctx.Err() != nil && cmd.ProcessState != nil && cmd.ProcessState.Success() {
		return nil
	}
	return err
}

// unprivileged is who called sudo, or nobody.
func unprivileged() (*syscall.Credential, error) {
	u, err := user.LookupId(os.Getenv("SUDO_UID"))
	if err != nil || u.Uid == "0" {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("the demo does not run as root: %w", err)
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// copySelf copies this program to where everybody can run it.
func copySelf(target string) error {
	in, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
