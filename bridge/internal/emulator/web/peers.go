package web

import (
	"strings"
	"sync"
)

// peers are the servers of several workspaces at one address, as Slack's are: which one
// answers is told by the token, or by the workspace's id in the path.
type peers struct {
	mu  sync.RWMutex
	all []*Server
}

// Beside returns a server of another workspace that answers at the same address: what is sent
// to any of them reaches the one that it is for.
func (s *Server) Beside(o Options) *Server {
	other := New(o)
	s.peers.mu.Lock()
	defer s.peers.mu.Unlock()
	other.peers = s.peers
	s.peers.all = append(s.peers.all, other)
	return other
}

// ofToken is the server of the workspace that gave out a token, or the one that was asked.
func (p *peers) ofToken(asked *Server, token string) *Server {
	return p.find(asked, func(s *Server) bool {
		_, _, known := s.ws.Lookup(token)
		return known
	})
}

// ofTeam is the server of the workspace with whose id a path begins, or the one that was asked.
func (p *peers) ofTeam(asked *Server, path string) *Server {
	team, _, _ := strings.Cut(path, "/")
	return p.find(asked, func(s *Server) bool { return s.ws.Team().ID == team })
}

func (p *peers) find(asked *Server, is func(*Server) bool) *Server {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.all {
		if is(s) {
			return s
		}
	}
	return asked
}
