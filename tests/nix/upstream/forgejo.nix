# services.forgejo of NixOS, and the database that it makes.
{ config, lib, ... }:
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
        default = lib.versionOlder config.system.stateVersion "25.11";
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
            ROOT_URL = lib.mkOption { type = types.str; };
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

  config = lib.mkIf (cfg.enable && cfg.database.createDatabase && cfg.database.type == "postgres") {
    services.postgresql = {
      enable = true;
      ensureDatabases = [ "forgejo" ];
      ensureUsers = [
        {
          name = "forgejo";
          ensureDBOwnership = true;
        }
      ];
    };
  };
}
