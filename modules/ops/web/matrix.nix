# The server name: the homeserver's API and the two files by which clients and
# other servers find it. Everything else of the homeserver's, its administration
# included, and everything of the bridge's answers 404.
{ config, lib, ... }:
let
  cfg = config.ops.homeserver;

  # A header in a location replaces all that were set outside of it.
  json = body: {
    return = "200 '${builtins.toJSON body}'";
    extraConfig = ''
      default_type application/json;
      add_header Access-Control-Allow-Origin "*" always;
    '';
  };
in
{
  config = lib.mkIf (config.ops.web.enable && cfg.enable) {
    services.nginx.virtualHosts.${cfg.serverName} = {
      enableACME = true;
      forceSSL = true;
      locations = {
        "/".return = "404";
        # Without a path behind the port: nginx would rewrite what other servers
        # have signed.
        "/_matrix/" = {
          proxyPass = "http://127.0.0.1:${toString cfg.port}";
          extraConfig = ''
            client_max_body_size ${toString cfg.maxUploadBytes};
            proxy_read_timeout 300s;
          '';
        };
        # The bridge is not behind this name; these are the paths that it serves to
        # the homeserver and to the operator, and they are not passed on either.
        "/_matrix/app/".return = "404";
        "/_matrix/mau/".return = "404";
        "/_matrix/provision/".return = "404";
        "= /.well-known/matrix/server" = json { "m.server" = "${cfg.serverName}:443"; };
        "= /.well-known/matrix/client" = json {
          "m.homeserver".base_url = "https://${cfg.serverName}";
        };
      };
    };
  };
}
