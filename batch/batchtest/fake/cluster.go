package fake

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

// Cluster is a pretended cluster.
type Cluster struct {
	// Memory has the jobs and queues.
	Memory *batchtest.Memory
	// Bin is the folder of the commands; Sudo is the sudo among them.
	Bin, Sudo string

	answer  func(*Cluster, Call) Reply
	mu      sync.Mutex
	fault   batchtest.Fault
	down    bool
	history bool
	blind   bool
	lose    bool
	calls   []Call
}

// start makes the commands and serves them until the test is over.
func start(t testing.TB, answer func(*Cluster, Call) Reply, names ...string) *Cluster {
	t.Helper()
	dir := t.TempDir()
	c := &Cluster{Memory: batchtest.New(), Bin: dir, Sudo: filepath.Join(dir, "sudo"), answer: answer, history: true}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	over := make(chan struct{})
	busy.Go(func() { c.serve(listener, over, &busy) })
	t.Cleanup(func() {
		_ = listener.Close()
		close(over)
		busy.Wait()
	})
	port := listener.Addr().(*net.TCPAddr).Port
	for _, name := range names {
		c.write(t, name, newCommand(name, port))
	}
	c.write(t, "sudo", sudoText)
	return c
}

func (c *Cluster) write(t testing.TB, name, text string) {
	t.Helper()
	// No fork while the file is open for writing: "text file busy".
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(filepath.Join(c.Bin, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) serve(listener net.Listener, over <-chan struct{}, busy *sync.WaitGroup) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		busy.Go(func() {
			ended := make(chan struct{})
			busy.Go(func() {
				select {
				case <-over:
				case <-ended:
				}
				_ = conn.Close()
			})
			defer close(ended)
			call, err := readCall(bufio.NewReader(conn))
			if err != nil {
				return
			}
			reply, hangs := c.reply(call)
			if hangs {
				_, _ = io.Copy(io.Discard, conn) // until the command is killed
				return
			}
			_ = reply.write(conn)
		})
	}
}

func (c *Cluster) reply(call Call) (reply Reply, hangs bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	switch c.fault {
	case batchtest.Hang:
		return reply, true
	case batchtest.Garbage:
		return said("no scheduler | says\x00 this\n"), false
	case batchtest.Truncated:
		reply = c.answer(c, call)
		reply.Stdout = reply.Stdout[:len(reply.Stdout)/2]
		return reply, false
	case batchtest.NotUTF8:
	}
	reply = c.answer(c, call)
	if c.lose && (call.Name == "qsub" || call.Name == "sbatch") {
		c.lose = false
		return reply, true
	}
	return reply, false
}

// SetFault makes the commands misbehave, or behave ("").
func (c *Cluster) SetFault(fault batchtest.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = fault
}

// SetDown takes the controller away, or brings it back.
func (c *Cluster) SetDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// SetHistory switches the record of finished jobs on (as it is at first) or off.
func (c *Cluster) SetHistory(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = on
}

// SetBlind makes everybody see only their own jobs (query_other_jobs of PBS), so
// that the service sees none.
func (c *Cluster) SetBlind(blind bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blind = blind
}

// LoseNextSubmit makes the next qsub or sbatch hang after it has submitted.
func (c *Cluster) LoseNextSubmit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lose = true
}

// Calls are the runs of a command so far.
func (c *Cluster) Calls(name string) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.calls), func(call Call) bool { return call.Name != name })
}

// jobs are all jobs that there are, oldest first.
func (c *Cluster) jobs() []batch.Job {
	var jobs []batch.Job
	for _, id := range c.Memory.IDs() {
		jobs = append(jobs, c.Memory.Job(id))
	}
	return jobs
}
