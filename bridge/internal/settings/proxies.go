package settings

// ProxyProblems finds addresses of proxies in the environment that cannot be read
// (net/http: ProxyFromEnvironment). Found in a call only, they would be quoted with
// the password in them.
func ProxyProblems(lookup func(name string) (string, bool)) Problems {
	var problems Problems
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		address, set := lookup(name)
		if what, cure := ProxyFault(address); set && what != "" {
			problems = append(problems, Problem{File: "environment", Key: name, What: what, Cure: cure})
		}
	}
	return problems
}
