package main

import (
	"context"
	"net/url"
	"os"
	"time"

	"ops-jrz1/bridge/internal/doctor"
	"ops-jrz1/bridge/internal/exit"
)

func doctorCommand() command {
	return command{
		name:    "doctor",
		summary: "ask every hop between Slack and Matrix how it is",
		help: `
Asks every hop between Slack and Matrix how it is and says for each what is wrong and the
cure. It changes nothing but what --deep posts and deletes, and shows no token. It ends with 0 when all that the bridge
needs on this host is well; missing Slack tokens, DNS entries and certificates are
reported and waited for. Run it as the bridge's user. docs/reference/doctor.md lists
the checks and what they find.`,
		setup: setupDoctor,
	}
}

func setupDoctor(o *options) action {
	config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
	reg := o.text("r", "registration", "", "FILE", "the registration; registration.yaml next to the configuration if not given")
	units := o.list("unit", "NAME", "a systemd unit that must be active, instead of the usual ones")
	proxy := o.text("", "proxy", "", "URL", "the web server in front of the homeserver, by address, such as https://127.0.0.1")
	public := o.list("public", "NAME", "a name whose DNS entry and certificate are looked at")
	tokens := o.text("", "tokens", "", "FILE", "your configuration tokens, as slack-app keeps them: the app's event subscriptions are compared")
	wait := o.text("", "wait", "0s", "TIME", "repeat until all that is needed is well, for at most this long")
	timeout := o.text("", "timeout", "0s", "TIME", "bound all checks together; 0s is 5 s")
	deep := o.on("", "deep", "have the running bridge post in network.selftest_channel and wait for its post")
	strict := o.on("", "strict", "let failures count that are only reported otherwise")
	asJSON := o.on("", "json", "print JSON")
	from := o.text("", "from", "", "FILE", "print a report that was made with --json, and ask nothing; - is the standard input")
	return func(ctx context.Context, std streams) error {
		chosen := doctor.Options{Config: *config, Registration: *reg, Units: *units, Public: *public, Tokens: *tokens, Deep: *deep, Strict: *strict}
		var err error
		if chosen.Wait, err = duration("wait", *wait); err != nil {
			return err
		}
		if chosen.Timeout, err = duration("timeout", *timeout); err != nil {
			return err
		}
		if chosen.Proxy, err = proxyAddress(*proxy); err != nil {
			return err
		}
		if *from != "" {
			report, err := storedReport(*from)
			if err != nil {
				return err
			}
			return printReport(std, report, *asJSON)
		}
		return printReport(std, doctor.Run(ctx, chosen), *asJSON)
	}
}

func printReport(std streams, report doctor.Report, asJSON bool) error {
	write := report.WriteText
	if asJSON {
		write = report.WriteJSON
	}
	if err := write(std.out); err != nil {
		return err
	}
	return report.Err()
}

func storedReport(path string) (doctor.Report, error) {
	if path == stdout {
		return doctor.ReadReport(os.Stdin)
	}
	file, err := os.Open(path)
	if err != nil {
		return doctor.Report{}, exit.New(exit.Usage, "--from: %w", err)
	}
	defer file.Close()
	return doctor.ReadReport(file)
}

func duration(flag, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, exit.New(exit.Usage, "--%s wants a time such as 90s or 5m", flag)
	}
	return d, nil
}

func proxyAddress(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return nil, exit.New(exit.Usage, "--proxy wants an address such as https://127.0.0.1")
	}
	return address, nil
}
