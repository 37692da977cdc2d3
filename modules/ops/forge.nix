# Forgejo, for those who have an account: people cannot register themselves. The first one is
# made on the host, with `ops-forge-admin`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.forge;
  inherit (config.services) forgejo;

  admin = pkgs.writeShellApplication {
    name = "ops-forge-admin";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.util-linux
    ];
    text = ''
      set -- ${
        lib.escapeShellArgs [
          forgejo.user
          forgejo.stateDir
          "${forgejo.customDir}/conf/app.ini"
          (lib.getExe forgejo.package)
        ]
      } "$@"
    ''
    + lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./forge-admin.sh);
  };
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
    environment.systemPackages = [ admin ];

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
