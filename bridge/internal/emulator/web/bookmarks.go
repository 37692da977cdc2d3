package web

import "ops-jrz1/bridge/internal/emulator/workspace"

func (s *Server) bookmarkMethods() map[string]handler {
	return map[string]handler{"bookmarks.list": s.bookmarksList}
}

func (s *Server) bookmarksList(c *Call) (Result, error) {
	found, err := s.ws.Bookmarks(c.Actor, c.arg("channel_id"))
	if found == nil {
		found = []workspace.Bookmark{}
	}
	return Result{"bookmarks": found}, err
}
