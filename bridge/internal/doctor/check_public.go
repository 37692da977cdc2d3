package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// endingSoon is when a certificate should have been renewed long ago: ACME clients
// renew a month before the end.
const endingSoon = 14 * 24 * time.Hour

// checkDNS resolves the public names.
func (e *examination) checkDNS(ctx context.Context) (string, []Finding) {
	own := e.publicAddresses()
	var good []string
	var found []Finding
	for _, name := range e.Public {
		addresses, err := e.Machine.LookupHost(ctx, name)
		var dnsErr *net.DNSError
		switch {
		case errors.As(err, &dnsErr) && dnsErr.IsNotFound, err == nil && len(addresses) == 0:
			found = append(found, dnsMissing.found(name+" has no address in the DNS", "", "make an A record for it (and AAAA, if this machine has IPv6) with this machine's address"))
		case err != nil:
			found = append(found, dnsSilent.found("nothing is known about "+name, err.Error(), "try again; see /etc/resolv.conf"))
		case len(own) > 0 && !overlap(addresses, own):
			found = append(found, dnsElsewhere.found(name+" leads to "+strings.Join(addresses, ", "), "this machine has "+strings.Join(own, ", "), "correct the record; behind a proxy or NAT this is right as it is"))
		default:
			good = append(good, name+" is "+strings.Join(addresses, ", "))
		}
	}
	return strings.Join(good, "; "), found
}

// publicAddresses are those of this machine that the world can route to.
func (e *examination) publicAddresses() []string {
	all, err := e.Machine.Addresses()
	if err != nil {
		return nil
	}
	var public []string
	for _, address := range all {
		network, ok := address.(*net.IPNet)
		if ok && network.IP.IsGlobalUnicast() && !network.IP.IsPrivate() {
			public = append(public, network.IP.String())
		}
	}
	return public
}

func overlap(a, b []string) bool {
	for _, one := range a {
		for _, other := range b {
			if net.ParseIP(one).Equal(net.ParseIP(other)) {
				return true
			}
		}
	}
	return false
}

// checkCertificates looks at the certificate of each public name.
func (e *examination) checkCertificates(ctx context.Context) (string, []Finding) {
	var good []string
	var found []Finding
	for _, name := range e.Public {
		state, err := e.handshake(ctx, name)
		if err != nil {
			found = append(found, certificateNone.found("no TLS connection for "+name, plainHTTP(err), "see why: systemctl status nginx; nginx -t"))
			continue
		}
		end := state.PeerCertificates[0].NotAfter
		if finding := e.judge(name, state.PeerCertificates); finding != nil {
			found = append(found, *finding)
		} else {
			good = append(good, fmt.Sprintf("%s until %s", name, end.UTC().Format(time.DateOnly)))
		}
	}
	return strings.Join(good, ", "), found
}

// handshake connects to the proxy, or else to the name itself, and returns what it
// shows. It is judged afterwards, so that every certificate can be looked at.
func (e *examination) handshake(ctx context.Context, name string) (tls.ConnectionState, error) {
	address := net.JoinHostPort(name, "443")
	if e.Proxy != nil && e.Proxy.Scheme == "https" {
		address = net.JoinHostPort(e.Proxy.Hostname(), portOr(e.Proxy.Port(), "443"))
	}
	dialer := tls.Dialer{Config: &tls.Config{
		ServerName: name,
		// judge verifies it, and says what is wrong.
		InsecureSkipVerify: true,
	}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer connection.Close()
	secured, ok := connection.(*tls.Conn)
	if !ok || len(secured.ConnectionState().PeerCertificates) == 0 {
		return tls.ConnectionState{}, errors.New("no certificate was shown")
	}
	return secured.ConnectionState(), nil
}

func portOr(port, otherwise string) string {
	if port == "" {
		return otherwise
	}
	return port
}

// judge says what is wrong with the certificates shown for a name, or nil.
func (e *examination) judge(name string, shown []*x509.Certificate) *Finding {
	now, own := e.Machine.Now(), shown[0]
	day := own.NotAfter.UTC().Format(time.DateOnly)
	wait := "wait for the real one, which needs the name's DNS entry to lead here and port 80 to be open; see: journalctl -u acme-order-renew-" + name
	between := x509.NewCertPool()
	for _, certificate := range shown[1:] {
		between.AddCert(certificate)
	}
	_, err := own.Verify(x509.VerifyOptions{DNSName: name, Roots: e.Machine.Roots, Intermediates: between, CurrentTime: now})
	var found Finding
	switch {
	case own.VerifyHostname(name) != nil:
		found = certificateOther.found("the certificate shown for "+name+" is for "+strings.Join(own.DNSNames, ", "), "", "see that the web server has a certificate of that name")
	case now.After(own.NotAfter):
		found = certificateOver.found("the certificate of "+name+" ended on "+day, "", "renew it: systemctl start acme-order-renew-"+name+"; see why it was not: journalctl -u acme-order-renew-"+name)
	case err != nil:
		found = certificateOwn.found("browsers do not trust the certificate of "+name+" yet", issuer(own), wait)
	case now.Add(endingSoon).After(own.NotAfter):
		found = certificateEnding.found("the certificate of "+name+" ends on "+day, "", "see why it was not renewed: journalctl -u acme-order-renew-"+name)
	default:
		return nil
	}
	return &found
}

func issuer(certificate *x509.Certificate) string {
	if certificate.Issuer.String() == certificate.Subject.String() {
		return "it is self-signed"
	}
	return "issued by " + certificate.Issuer.CommonName
}
