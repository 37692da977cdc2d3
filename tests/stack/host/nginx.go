package host

import (
	"fmt"

	"ops-jrz1/tests/stack/nginxconf"
)

// nginxUnit is NixOS' unit in short.
const nginxUnit = `[Unit]
Description=nginx
After=network.target
[Service]
ExecStartPre=/usr/sbin/nginx -c /etc/nginx/nixos.conf -t
ExecStart=/usr/sbin/nginx -c /etc/nginx/nixos.conf -g 'daemon off;'
Restart=always
RestartSec=10s
User=nginx
Group=nginx
RuntimeDirectory=nginx
RuntimeDirectoryMode=0750
CacheDirectory=nginx
CacheDirectoryMode=0750
BindPaths=/var/cache/nginx:/var/lib/nginx
UMask=0027
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_RESOURCE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SYS_RESOURCE
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
`

func (h *Host) addNginx() error {
	conf, err := nginxconf.Render(h.Record.Services.Nginx)
	if err != nil {
		return fmt.Errorf("write nginx.conf: %w", err)
	}
	h.Files.text("/etc/nginx/nixos.conf", conf)
	h.Files.text(unitFolder+"nginx.service", nginxUnit)
	h.Files.link(unitFolder+"multi-user.target.wants/nginx.service", "../nginx.service")
	return nil
}
