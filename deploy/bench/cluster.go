package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cluster says where the private cluster's parts are.
type cluster struct {
	dir, berth, slurmConf, ldapURL, ldapCA, databaseURL string
}

func findCluster() (cluster, error) {
	if os.Getenv("BERTH_TEST_SLURM") == "" || os.Getenv("BERTH_TEST_BIN") == "" {
		return cluster{}, errors.New("no private cluster here: bin/cluster run --berth bin/berth -- go run ./deploy/bench all")
	}
	return cluster{
		dir: os.Getenv("BERTH_TEST_DIR"), berth: os.Getenv("BERTH_TEST_BIN") + "/berth",
		slurmConf: os.Getenv("SLURM_CONF"), ldapURL: os.Getenv("BERTH_TEST_LDAP_URL"),
		ldapCA: os.Getenv("BERTH_TEST_LDAP_CA"), databaseURL: os.Getenv("BERTH_TEST_DATABASE_URL"),
	}, nil
}

// output runs a command to its end and returns what it prints. A user's name
// makes it that user's; stdin may be empty.
func output(ctx context.Context, as, stdin string, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &stderr
	if as != "" {
		if err := become(cmd, as); err != nil {
			return "", err
		}
	}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, stderr.String())
	}
	return string(out), nil
}

// become makes a command run as a user, in the user's home.
func become(cmd *exec.Cmd, name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Dir = u.HomeDir
	cmd.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + u.HomeDir, "USER=" + name,
		"LOGNAME=" + name, "SLURM_CONF=" + os.Getenv("SLURM_CONF"),
	}
	return nil
}

// freeAddr is a loopback address where nobody listens, below the range for
// outgoing connections.
func freeAddr() (string, error) {
	for range 100 {
		port := 12000 + rand.IntN(8000)
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			continue
		}
		return l.Addr().String(), l.Close()
	}
	return "", errors.New("no free port")
}

// until waits until the condition gives no error, looking every few
// milliseconds, and returns its last error when that takes too long.
func until(ctx context.Context, within time.Duration, condition func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ticker := time.NewTicker(4 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("after %s: %w", within, err)
		}
	}
}
