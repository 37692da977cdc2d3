package main

import "ops-jrz1/bridge/internal/settings"

// proxyProblems finds addresses of proxies in the environment that cannot be read
// (net/http: ProxyFromEnvironment). Found in a call only, they would be quoted with
// the password in them.
func proxyProblems(lookup func(name string) (string, bool)) settings.Problems {
	var problems settings.Problems
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		address, set := lookup(name)
		if what, cure := settings.ProxyFault(address); set && what != "" {
			problems = append(problems, settings.Problem{File: "environment", Key: name, What: what, Cure: cure})
		}
	}
	return problems
}
