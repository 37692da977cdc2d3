# services.forgejo of NixOS, its user, its units and the database that it makes.
# Read from: nixos/modules/services/misc/forgejo.nix
{
  config,
  lib,
  pkgs,
  release,
  ...
}:
let
  inherit (lib) types;
  cfg = config.services.forgejo;
  value = types.oneOf [
    types.bool
    types.int
    types.str
  ];
in
{
  options.services.forgejo = {
    enable = lib.mkOption {
      type = types.bool;
      default = false;
    };
    package = lib.mkOption {
      type = types.package;
      default = pkgs.forgejo-lts;
    };
    stateDir = lib.mkOption {
      type = types.str;
      default = "/var/lib/forgejo";
    };
    customDir = lib.mkOption {
      type = types.str;
      default = "${cfg.stateDir}/custom";
    };
    user = lib.mkOption {
      type = types.str;
      default = "forgejo";
    };
    group = lib.mkOption {
      type = types.str;
      default = "forgejo";
    };
    database = {
      type = lib.mkOption {
        type = types.enum [
          "sqlite3"
          "mysql"
          "postgres"
        ];
        default = "sqlite3";
      };
      createDatabase = lib.mkOption {
        type = types.bool;
        default = release == "26.11" || lib.versionOlder config.system.stateVersion "25.11";
      };
    };
    # Freeform upstream as well.
    settings = lib.mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf (types.attrsOf value);
        options = {
          server = {
            DOMAIN = lib.mkOption {
              type = types.str;
              default = "localhost";
            };
            ROOT_URL = lib.mkOption {
              type = types.str;
              default = "http://${cfg.settings.server.DOMAIN}:${toString cfg.settings.server.HTTP_PORT}/";
            };
            DISABLE_SSH = lib.mkOption {
              type = types.bool;
              default = false;
            };
            HTTP_ADDR = lib.mkOption {
              type = types.str;
              default = "0.0.0.0";
            };
            HTTP_PORT = lib.mkOption {
              type = types.port;
              default = 3000;
            };
          };
          session.COOKIE_SECURE = lib.mkOption {
            type = types.bool;
            default = false;
          };
        };
      };
    };
  };

  config = lib.mkIf cfg.enable {
    services.postgresql = lib.mkIf (cfg.database.createDatabase && cfg.database.type == "postgres") {
      enable = true;
      ensureDatabases = [ "forgejo" ];
      ensureUsers = [
        {
          name = "forgejo";
          ensureDBOwnership = true;
        }
      ];
    };
    users.users.${cfg.user} = lib.mkIf (cfg.user == "forgejo") {
      home = cfg.stateDir;
      inherit (cfg) group;
      isSystemUser = true;
    };
    users.groups.${cfg.group} = lib.mkIf (cfg.group == "forgejo") { };
    systemd.services.forgejo = {
      description = "Forgejo (Beyond coding. We forge.)";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        WorkingDirectory = cfg.stateDir;
        Restart = "always";
      };
    };
  };
}
