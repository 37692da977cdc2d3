// Package nginxconf writes nginx.conf from the options of services.nginx, in the
// order in which NixOS' module does (nixos/modules/services/web-servers/nginx), as
// far as our hosts use them. An option that it does not know does not decode. It is
// for tests: on a real host NixOS writes the file.
package nginxconf

import "encoding/json"

// Nginx is services.nginx.
type Nginx struct {
	Enable                   bool                   `json:"enable"`
	ClientMaxBodySize        string                 `json:"clientMaxBodySize"`
	RecommendedGzipSettings  bool                   `json:"recommendedGzipSettings"`
	RecommendedOptimisation  bool                   `json:"recommendedOptimisation"`
	RecommendedProxySettings bool                   `json:"recommendedProxySettings"`
	RecommendedTLSSettings   bool                   `json:"recommendedTlsSettings"`
	VirtualHosts             map[string]VirtualHost `json:"virtualHosts"`
}

// VirtualHost is one of virtualHosts.
type VirtualHost struct {
	AddSSL      bool                `json:"addSSL"`
	Default     bool                `json:"default"`
	EnableACME  bool                `json:"enableACME"`
	ExtraConfig string              `json:"extraConfig"`
	ForceSSL    bool                `json:"forceSSL"`
	Locations   map[string]Location `json:"locations"`
	OnlySSL     bool                `json:"onlySSL"`
	RejectSSL   bool                `json:"rejectSSL"`
}

// Location is one of a virtual host's locations.
type Location struct {
	ExtraConfig     string `json:"extraConfig"`
	Priority        int    `json:"priority"`
	ProxyPass       string `json:"proxyPass"`
	ProxyWebsockets bool   `json:"proxyWebsockets"`
	// Return is text or a number.
	Return json.RawMessage `json:"return"`
}
