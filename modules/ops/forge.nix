# Forgejo, for those who have an account: nobody registers by themselves.
{ config, lib, ... }:
let
  cfg = config.ops.forge;
in
{
  options.ops.forge = {
    enable = lib.mkEnableOption "Forgejo";

    domain = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+";
      example = "git.example.org";
      description = "The name under which Forgejo is reached.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 3000;
      description = "The port on 127.0.0.1 on which Forgejo listens.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.forgejo = {
      enable = true;
      database = {
        type = "postgres";
        # Off by default since 25.11.
        createDatabase = true;
      };
      settings = {
        server = {
          DOMAIN = cfg.domain;
          ROOT_URL = "https://${cfg.domain}/";
          HTTP_ADDR = "127.0.0.1";
          HTTP_PORT = cfg.port;
        };
        service.DISABLE_REGISTRATION = true;
        session.COOKIE_SECURE = true;
      };
    };
  };
}
