package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
)

// ports are the cluster's TCP ports, all on 127.0.0.1.
type ports struct {
	Slurmctld int
	Slurmd    [4]int
	LDAP      int
	LDAPS     int
	Agent     int
	Slurmdbd  int
}

// Blocks lie under Linux's usual range for outgoing connections (32768 and up),
// so that only other listeners can be in the way.
const (
	firstPort = 20000
	blockSize = 16
	blocks    = 700
)

// claimPorts finds a block of free ports. The claim is an abstract Unix socket
// that other clusters respect and that the kernel frees when the last process
// that holds it ends.
func claimPorts() (ports, *os.File, error) {
	for _, n := range rand.Perm(blocks) {
		base := firstPort + n*blockSize
		claim, err := claimBlock(base)
		if err != nil {
			continue // another cluster's
		}
		if blockIsFree(base) {
			return ports{
				Slurmctld: base,
				Slurmd:    [4]int{base + 1, base + 2, base + 3, base + 4},
				LDAP:      base + 5,
				LDAPS:     base + 6,
				Agent:     base + 7,
				Slurmdbd:  base + 8,
			}, claim, nil
		}
		claim.Close()
	}
	return ports{}, nil, errors.New("no block of free ports between 20000 and 31200")
}

func claimBlock(base int) (*os.File, error) {
	name := fmt.Sprintf("@berth-cluster-ports-%d", base)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: name})
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }() // the file goes on holding the name
	return l.File()
}

func blockIsFree(base int) bool {
	for port := base; port < base+blockSize; port++ {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{Port: port})
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}
