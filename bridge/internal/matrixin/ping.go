package matrixin

import "net/http"

// countPing counts the pings that the appservice's own router refuses because of their
// token. Some homeservers do not say why a ping failed (continuwuity answers
// 500 M_UNKNOWN whatever the cause), so the listener has to know.
func (s *Server) countPing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, _ := bearer(r); !s.isHomeserver(token) {
			s.counts.refusedPings.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

// countAliasQuery counts the homeserver's questions for aliases. It asks for those in the
// namespace of the registration that it has, so the doctor sees which that is.
func (s *Server) countAliasQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, _ := bearer(r); s.isHomeserver(token) {
			s.counts.aliasQueries.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}
