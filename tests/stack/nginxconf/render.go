package nginxconf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Certificates is the folder in which NixOS keeps a certificate for each name.
const Certificates = "/var/lib/acme"

// Render writes the configuration.
func Render(n Nginx) (string, error) {
	if !n.Enable || !n.RecommendedProxySettings || !n.RecommendedTLSSettings || !n.RecommendedOptimisation || !n.RecommendedGzipSettings {
		return "", fmt.Errorf("nginx is off, or without one of the recommended settings: unknown here")
	}
	var w writer
	w.line("pid /run/nginx/nginx.pid;")
	w.line("error_log stderr;")
	w.block("events", func() {})
	var err error
	w.block("http", func() {
		w.lines(httpSettings)
		w.lines(proxyHeaders)
		w.line("client_max_body_size %s;", n.ClientMaxBodySize)
		w.line("server_tokens off;")
		for _, name := range slices.Sorted(maps.Keys(n.VirtualHosts)) {
			if err == nil {
				err = w.host(name, n.VirtualHosts[name])
			}
		}
	})
	return w.String(), err
}

// httpSettings are the recommended settings. The rest of a proxied request's
// headers is in each location, because nginx drops what it inherits there as soon
// as one is set.
const httpSettings = `include /etc/nginx/mime.types;
default_type application/octet-stream;
access_log syslog:server=unix:/dev/log,nohostname;
sendfile on;
tcp_nopush on;
tcp_nodelay on;
keepalive_timeout 65;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305;
ssl_session_timeout 1d;
ssl_session_cache shared:SSL:10m;
ssl_session_tickets off;
ssl_prefer_server_ciphers off;
gzip on;
gzip_static on;
gzip_vary on;
gzip_comp_level 5;
gzip_min_length 256;
gzip_proxied expired no-cache no-store private auth;
gzip_types application/atom+xml application/geo+json application/javascript application/json application/ld+json application/manifest+json application/rdf+xml application/vnd.ms-fontobject application/wasm application/x-rss+xml application/x-web-app-manifest+json application/xhtml+xml application/xliff+xml application/xml font/collection font/otf font/ttf image/bmp image/svg+xml image/vnd.microsoft.icon text/cache-manifest text/calendar text/css text/csv text/javascript text/markdown text/plain text/vcard text/vnd.rim.location.xloc text/vtt text/x-component text/xml;
proxy_redirect off;
proxy_connect_timeout 60s;
proxy_send_timeout 60s;
proxy_read_timeout 60s;
proxy_http_version 1.1;
proxy_set_header "Connection" "";
map $http_upgrade $connection_upgrade { default upgrade; '' close; }`

const proxyHeaders = `proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $host;
proxy_set_header X-Forwarded-Server $host;`

func (w *writer) host(name string, v VirtualHost) error {
	modes := 0
	for _, set := range []bool{v.AddSSL, v.OnlySSL, v.ForceSSL, v.RejectSSL} {
		if set {
			modes++
		}
	}
	if modes > 1 || v.AddSSL || v.OnlySSL {
		return fmt.Errorf("virtual host %s: addSSL, onlySSL or two ways of TLS: unknown here", name)
	}
	if v.ForceSSL != v.EnableACME {
		return fmt.Errorf("virtual host %s: TLS without a certificate, or the other way round: unknown here", name)
	}
	flag := ""
	if v.Default {
		flag = " default_server"
	}
	if v.ForceSSL {
		w.block("server", func() {
			w.listen("80", flag)
			w.line("server_name %s;", name)
			w.block("location /", func() { w.line("return 301 https://$host$request_uri;") })
			w.challenge()
		})
	}
	var err error
	w.block("server", func() {
		if !v.ForceSSL {
			w.listen("80", flag)
		}
		if v.ForceSSL || v.RejectSSL {
			w.listen("443", flag+" ssl")
		}
		if v.ForceSSL {
			w.line("http2 on;")
		}
		w.line("server_name %s;", name)
		if v.RejectSSL {
			w.line("ssl_reject_handshake on;")
		}
		if v.EnableACME {
			w.challenge()
			w.line("ssl_certificate %s/%s/fullchain.pem;", Certificates, name)
			w.line("ssl_certificate_key %s/%s/key.pem;", Certificates, name)
		}
		err = w.locations(v.Locations)
		w.lines(v.ExtraConfig)
	})
	if err != nil {
		return fmt.Errorf("virtual host %s: %w", name, err)
	}
	return nil
}

func (w *writer) listen(port, flags string) {
	w.line("listen 0.0.0.0:%s%s;", port, flags)
	w.line("listen [::0]:%s%s;", port, flags)
}

func (w *writer) challenge() {
	w.block("location ^~ /.well-known/acme-challenge/", func() {
		w.line("root %s/acme-challenge;", Certificates)
		w.line("auth_basic off;")
		w.line("auth_request off;")
	})
}

func (w *writer) locations(all map[string]Location) error {
	paths := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[a].Priority, all[b].Priority), cmp.Compare(a, b))
	})
	for _, path := range paths {
		l := all[path]
		answer, err := l.answer()
		if err != nil {
			return fmt.Errorf("location %s: %w", path, err)
		}
		w.block("location "+path, func() {
			if l.ProxyPass != "" {
				w.line("proxy_pass %s;", l.ProxyPass)
			}
			if l.ProxyWebsockets {
				w.line("proxy_http_version 1.1;")
				w.line("proxy_set_header Upgrade $http_upgrade;")
				w.line("proxy_set_header Connection $connection_upgrade;")
			}
			if answer != "" {
				w.line("return %s;", answer)
			}
			w.lines(l.ExtraConfig)
			if l.ProxyPass != "" {
				w.lines(proxyHeaders)
			}
		})
	}
	return nil
}

// answer is what the location returns, or empty.
func (l Location) answer() (string, error) {
	if l.Return == nil {
		return "", nil
	}
	var text string
	if json.Unmarshal(l.Return, &text) == nil {
		return text, nil
	}
	var number int
	if err := json.Unmarshal(l.Return, &number); err != nil {
		return "", fmt.Errorf("return %s is neither text nor a number", l.Return)
	}
	return fmt.Sprint(number), nil
}

// writer writes nested blocks.
type writer struct {
	strings.Builder
	depth int
}

func (w *writer) line(format string, args ...any) {
	w.WriteString(strings.Repeat("  ", w.depth) + fmt.Sprintf(format, args...) + "\n")
}

func (w *writer) lines(text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			w.line("%s", line)
		}
	}
}

func (w *writer) block(head string, body func()) {
	w.line("%s {", head)
	w.depth++
	body()
	w.depth--
	w.line("}")
}
