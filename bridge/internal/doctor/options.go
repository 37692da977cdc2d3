package doctor

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// Options say what a run asks.
type Options struct {
	// Config is the path of the configuration.
	Config string
	// Registration is the path of the registration; default: registration.yaml next to
	// the configuration.
	Registration string
	// Units are the systemd units that must be active. Default: those of the usual
	// names that this machine has.
	Units []string
	// Proxy is the address of the web server in front of the homeserver, such as
	// https://127.0.0.1, asked under the homeserver's name. Default: not asked.
	Proxy *url.URL
	// Public are the names whose DNS entries and certificates are looked at. The
	// certificate is taken from Proxy, if there is one.
	Public []string
	// Inside leaves out the units: the running bridge itself asks, and may not ask systemd.
	Inside bool
	// Tokens is the file of the operator's configuration tokens, with which the Slack app's
	// event subscriptions are compared. Default: not asked.
	Tokens string
	// Deep has the running bridge make a self-test in network.selftest_channel.
	Deep bool
	// Timeout bounds all checks together. Default: 5 s.
	Timeout time.Duration
	// Strict makes failures of checks that are only reported count.
	Strict bool
	// Wait is how long gating checks are repeated until they pass.
	Wait time.Duration

	// Machine is what the checks ask apart from the network. The zero value is this
	// machine.
	Machine Machine
}

// Machine holds the ways to ask the machine, for tests to replace.
type Machine struct {
	// Units says how units are; default: systemctl, where systemd runs.
	Units func(ctx context.Context, names []string) ([]Unit, error)
	// LookupHost resolves a name; default: the system's resolver.
	LookupHost func(ctx context.Context, name string) ([]string, error)
	// Addresses are the machine's own; default: those of its interfaces.
	Addresses func() ([]net.Addr, error)
	// Free is how many bytes are free in a folder, and which file system it is on; default: what
	// the system says.
	Free func(folder string) (free, disk uint64, err error)
	// Roots are the authorities whose certificates are trusted; default: the system's.
	Roots *x509.CertPool
	// Now is the time for certificates. Default: time.Now.
	Now func() time.Time
	// Every is the pause between repetitions under Options.Wait. Default: 2 s.
	Every time.Duration
}

// defaultTimeout is how long an operator waits for an answer.
const defaultTimeout = 5 * time.Second

func (o Options) withDefaults() Options {
	if o.Registration == "" {
		o.Registration = filepath.Join(filepath.Dir(o.Config), "registration.yaml")
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Machine.Units == nil {
		o.Machine.Units = systemctl
	}
	if o.Machine.LookupHost == nil {
		o.Machine.LookupHost = net.DefaultResolver.LookupHost
	}
	if o.Machine.Addresses == nil {
		o.Machine.Addresses = net.InterfaceAddrs
	}
	if o.Machine.Free == nil {
		o.Machine.Free = FreeSpace
	}
	if o.Machine.Now == nil {
		o.Machine.Now = time.Now
	}
	if o.Machine.Every == 0 {
		o.Machine.Every = 2 * time.Second
	}
	return o
}

// examination is one run: the options and what its checks tell each other. A field
// that a check writes is read by checks that need it.
type examination struct {
	Options
	http *http.Client

	// config is written by the check of that name.
	config *settings.Config
	// pingsRefused is what the bridge said of that when it was last asked.
	pingsRefused int
	// status is written by running.
	status operator.Status
	// logins are written by slack.tokens, their identities by slack.auth.
	logins []*login
}

func newExamination(o Options) *examination {
	return &examination{
		Options: o.withDefaults(),
		http: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			// Each question is asked on a connection of its own, and on no proxy's: an old
			// connection says nothing about whether a new one can be made.
			Transport: &http.Transport{DisableKeepAlives: true},
		},
	}
}

// Run asks everything and returns what was found.
func Run(ctx context.Context, o Options) Report {
	if o.Wait > 0 {
		awaitGating(ctx, o)
	}
	e := newExamination(o)
	return e.ask(ctx, e.checks())
}

// ask runs checks within the time of a run.
func (e *examination) ask(ctx context.Context, checks []check) Report {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	return e.report(onlyCauses(runAll(ctx, checks)))
}

// awaitGating repeats the gating checks until they pass or o.Wait is over.
func awaitGating(ctx context.Context, o Options) {
	patience, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	for {
		e := newExamination(o)
		if e.ask(patience, e.gating()).OK {
			return
		}
		select {
		case <-patience.Done():
			return
		case <-time.After(e.Machine.Every):
		}
	}
}

// report makes the report, without a secret in it.
func (e *examination) report(results []Result) Report {
	for i := range results {
		r := &results[i]
		r.Good = e.redact(oneLine(r.Good))
		// In JSON a list without entries, not null.
		r.Findings = append([]Finding{}, r.Findings...)
		for j := range r.Findings {
			f := &r.Findings[j]
			f.Title, f.Detail, f.Cure = e.redact(oneLine(f.Title)), e.redact(oneLine(f.Detail)), e.redact(oneLine(f.Cure))
			f.DependsOn = append([]string{}, f.DependsOn...)
			f.Line = f.line()
		}
	}
	return newReport(results, e.Strict)
}

// redact hides this bridge's own secrets and whatever is shaped like one.
func (e *examination) redact(text string) string {
	if e.config != nil {
		hidden := []string{
			e.config.AppService.ASToken, e.config.AppService.HSToken, e.config.Provisioning.SharedSecret,
			e.config.Faces.SigningKey.Reveal(),
		}
		for _, value := range append(hidden, settings.DatabaseSecrets(e.config.Database.URI)...) {
			if value != "" {
				text = strings.ReplaceAll(text, value, secret.Mask)
			}
		}
	}
	return secret.Redact(text)
}
