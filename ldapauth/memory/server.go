package memory

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
)

const (
	mostRequest = 64 << 10 // bytes of one message
	idle        = 10 * time.Minute
)

// Server is a running directory.
type Server struct {
	listener net.Listener
	tree     []Entry
	group    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil: it has ended
}

// Start serves the tree on a free port of 127.0.0.1.
func Start(tree []Entry) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{listener: listener, tree: tree, conns: map[net.Conn]bool{}}
	s.group.Go(s.accept)
	return s, nil
}

// URL is where it is.
func (s *Server) URL() string { return "ldap://" + s.listener.Addr().String() }

// Stop hangs up on everybody and returns when nothing runs any more.
func (s *Server) Stop() error {
	err := s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	s.group.Wait()
	return err
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors, say
			continue
		}
		s.mu.Lock()
		if s.conns == nil {
			_ = conn.Close()
		} else {
			s.conns[conn] = true
			s.group.Go(func() { s.serve(conn) })
		}
		s.mu.Unlock()
	}
}

// serve answers one client's requests, one after the other.
func (s *Server) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	}()
	for {
		_ = conn.SetDeadline(time.Now().Add(idle))
		message, err := ber.ReadPacket(io.LimitReader(conn, mostRequest))
		if err != nil {
			return
		}
		answers, err := s.answer(message)
		if err != nil {
			return // it hangs up, or does not speak LDAP
		}
		for _, a := range answers {
			if _, err := conn.Write(a.Bytes()); err != nil {
				return
			}
		}
	}
}
