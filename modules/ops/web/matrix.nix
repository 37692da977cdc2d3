# The homeserver's name: its API, its pages for signing in and accounts, and the two files
# by which clients and other servers find it. Of the bridge's there are the pictures of
# Matrix people, which Slack fetches. The homeserver's administration, and everything else of
# the bridge's, answers 404.
{ config, lib, ... }:
let
  cfg = config.ops.homeserver;
  inherit (config.services.continuwuity-admin) gate;
  bridge = config.services.slack-bridge;

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

  # With the path behind the port nginx passes on what it has compared, and not what was
  # sent. Pictures are read, and a request has no body.
  faces =
    lib.optionalAttrs (bridge.enable && bridge.appservice.publicAddress == "https://${cfg.host}")
      {
        "/_slack-bridge/face/" = {
          proxyPass = "http://${bridge.appservice.hostname}:${toString bridge.appservice.port}/_slack-bridge/face/";
          extraConfig = ''
            limit_except GET { deny all; }
            client_max_body_size 1k;
          '';
        };
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
        # These are the paths that the bridge serves to the homeserver and to the
        # operator, and they are not passed on.
        "/_matrix/app/".return = "404";
        "/_matrix/mau/".return = "404";
        "/_matrix/provision/".return = "404";
        "= /.well-known/matrix/server" = json { "m.server" = "${cfg.host}:443"; };
        "= /.well-known/matrix/client" = json {
          "m.homeserver".base_url = "https://${cfg.host}";
        };
      }
      // faces;
    };
  };
}
