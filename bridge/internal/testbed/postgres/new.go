package postgres

import (
	"os"
	"testing"
)

// New starts a server for one test, or for several through subtests that each
// take a NewDatabase. It is removed at the end of the test; when that failed,
// its log is printed.
func New(t testing.TB) *Server {
	t.Helper()
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, err := os.ReadFile(s.Log)
			t.Logf("the log of PostgreSQL (%v):\n%s", err, log)
		}
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}
