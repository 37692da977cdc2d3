# The homeserver's name: its API, its pages for signing in and accounts, and the two files
# by which clients and other servers find it. Its administration, and everything of the
# bridge's, answers 404.
{ config, lib, ... }:
let
  cfg = config.ops.homeserver;
  inherit (config.services.continuwuity-admin) gate;

  # A header in a location replaces all that were set outside of it.
  json = body: {
    return = "200 '${builtins.toJSON body}'";
    extraConfig = ''
      default_type application/json;
      add_header Access-Control-Allow-Origin "*" always;
    '';
  };

  homeserver = {
    # Without a path behind the port: nginx would rewrite what other servers have signed.
    proxyPass = "http://127.0.0.1:${toString cfg.port}";
    # No one signs in while a password that is in the log would do.
    extraConfig = ''
      if (!-f ${gate}) { return 503; }
      client_max_body_size ${toString cfg.maxUploadBytes};
      proxy_read_timeout 300s;
    '';
  };
in
{
  config = lib.mkIf (config.ops.web.enable && cfg.enable) {
    services.nginx.virtualHosts.${cfg.host} = {
      enableACME = true;
      forceSSL = true;
      locations = {
        "/".return = "404";
        "/_matrix/" = homeserver;
        # Signing in by OAuth, and the pages of an account.
        "/_continuwuity/" = homeserver;
        "/_continuwuity/admin/".return = "404";
        # The bridge is not behind this name; these are the paths that it serves to
        # the homeserver and to the operator, and they are not passed on either.
        "/_matrix/app/".return = "404";
        "/_matrix/mau/".return = "404";
        "/_matrix/provision/".return = "404";
        "= /.well-known/matrix/server" = json { "m.server" = "${cfg.host}:443"; };
        "= /.well-known/matrix/client" = json {
          "m.homeserver".base_url = "https://${cfg.host}";
        };
      };
    };
  };
}
