package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/health"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// vitals gathers what is known of the installation.
type vitals struct {
	config *fileConfig
	store  *sql.Store
	board  *session.Board
	runner *cron.Runner
	certs  map[string]func() *tls.Certificate // by what they are for
}

// goneFor is how long a gateway that fell silent is spoken of.
const goneFor = time.Hour

// facts asks everybody who is near. What does not answer is a fact, too.
func (v vitals) facts(ctx context.Context) health.Facts {
	secure := len(v.config.PublicURL) > 8 && v.config.PublicURL[:8] == "https://"
	f := health.Facts{Now: time.Now(), Secure: &secure, CompareEvery: pollInterval(v.config)}
	for _, s := range v.board.All() {
		c := health.Cluster{Name: s.Cluster, Answered: s.At, DownSince: s.DownSince}
		if s.Err != nil {
			c.Err = s.Err.Error()
		}
		for _, cl := range v.config.Clusters {
			if cl.Name == s.Cluster {
				c.Every = cl.QueueInterval.Std()
			}
		}
		f.Clusters = append(f.Clusters, c)
	}
	for what, current := range v.certs {
		if current == nil {
			continue
		}
		if leaf := leafOf(current()); leaf != nil {
			f.Certificates = append(f.Certificates, health.Certificate{What: what, Ends: leaf.NotAfter})
		}
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(v.config.StateDir, &disk); err == nil {
		block := uint64(disk.Bsize) //nolint:gosec // a block's size is positive
		f.Disk = health.Disk{Path: v.config.StateDir, Free: disk.Bavail * block, Total: disk.Blocks * block}
	}
	v.database(ctx, &f)
	return f
}

// database adds what only the database knows.
func (v vitals) database(ctx context.Context, f *health.Facts) {
	signs, err := v.store.Vitals(ctx, leaderKey)
	if err != nil {
		f.Database = err
		return
	}
	f.Schema = health.Schema{Current: signs.Schema, Needed: signs.Needed}
	f.Led, f.Skew = &signs.Led, signs.Asked.Sub(signs.Now)
	f.Missing, f.Disconnected = signs.Missing, signs.Disconnected
	peers, err := v.store.Replicas(ctx, goneFor)
	if err != nil {
		f.Database = err
		return
	}
	for _, r := range peers {
		f.Replicas = append(f.Replicas, health.Replica{
			Name: r.Name, Here: r.Name == v.config.Replica, Started: r.StartedAt, Heartbeat: r.HeartbeatAt.Add(f.Skew),
		})
	}
	if v.runner == nil {
		return
	}
	list, err := v.runner.List(ctx)
	if err != nil {
		f.Database = err
		return
	}
	for _, j := range list {
		if j.Name == jobReconcile {
			f.Compared = j.LastOK
		}
		if j.Spec != cron.Off {
			f.Jobs = append(f.Jobs, health.Job{
				Name: j.Name, Failures: j.Failures, Detail: j.Last.Detail, LastOK: j.LastOK, Due: j.Next, Running: j.Now.Job != "",
			})
		}
	}
}

func leafOf(pair *tls.Certificate) *x509.Certificate {
	switch {
	case pair == nil:
		return nil
	case pair.Leaf != nil:
		return pair.Leaf
	case len(pair.Certificate) == 0:
		return nil
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}
