# Forgejo's name.
{ config, lib, ... }:
let
  cfg = config.ops.forge;
in
{
  config = lib.mkIf (config.ops.web.enable && cfg.enable) {
    services.nginx.virtualHosts.${cfg.domain} = {
      enableACME = true;
      forceSSL = true;
      locations."/" = {
        proxyPass = "http://127.0.0.1:${toString cfg.port}";
        # A push is one request.
        extraConfig = ''
          client_max_body_size 512m;
        '';
      };
    };
  };
}
