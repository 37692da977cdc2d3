package main

import (
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"

	"ops-jrz1/bridge/internal/appsetup"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// appChoice are the flags that say which app is meant and how Slack is asked.
type appChoice struct{ app, tokenFile, tokens, api *string }

func chooseApp(o *options) *appChoice {
	return &appChoice{
		app:       o.text("", "app", "", "ID", "the app's id, from its page under Basic Information"),
		tokenFile: o.text("", "app-token-file", "", "FILE", "the file of its app token (xapp-…), which has the id in it"),
		tokens:    o.text("", "tokens", "", "FILE", "your configuration tokens; configuration-tokens.json in slack-bridge of your folder for configurations if not given"),
		api:       o.text("", "api-url", slackapi.DefaultURL, "URL", "Slack's Web API"),
	}
}

func (c *appChoice) given() bool { return *c.app != "" || *c.tokenFile != "" }

var appIDShape = regexp.MustCompile(`^A[A-Z0-9]+$`)

// id is the app that is meant, "" if none is named. What was typed is not repeated: it
// could be a token.
func (c *appChoice) id() (string, error) {
	switch {
	case *c.app != "" && *c.tokenFile != "":
		return "", exit.New(exit.Usage, "--app and --app-token-file exclude each other")
	case *c.app != "" && !appIDShape.MatchString(*c.app):
		return "", exit.New(exit.Usage, "--app wants an id such as A0123456789")
	case *c.tokenFile == "":
		return *c.app, nil
	}
	text, err := os.ReadFile(*c.tokenFile)
	if err != nil {
		return "", exit.New(exit.Usage, "cannot read the app token: %w", err)
	}
	id, ok := slackapi.AppIDOf(secret.New(strings.TrimSpace(string(text))))
	if !ok || !appIDShape.MatchString(id) {
		return "", exit.New(exit.Config, "%s holds no app token, which begins with xapp-", *c.tokenFile)
	}
	return id, nil
}

// setup is Slack with the operator's tokens.
func (c *appChoice) setup(std streams) (appsetup.Setup, error) {
	if !safeAPI(*c.api) {
		return appsetup.Setup{}, exit.New(exit.Usage, "--api-url wants an https address such as %s", slackapi.DefaultURL)
	}
	path := *c.tokens
	if path == "" {
		var err error
		if path, err = appsetup.DefaultTokenFile(); err != nil {
			return appsetup.Setup{}, err
		}
	}
	log, err := logging.New(logging.Config{Level: "info", Format: "console"}, std.err)
	return appsetup.Setup{APIURL: *c.api, Tokens: appsetup.TokenFile{Path: path}, Log: log}, err
}

// safeAPI says whether tokens may be sent to an address: by https, or to this machine.
func safeAPI(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && err == nil && ip.IsLoopback()
}
