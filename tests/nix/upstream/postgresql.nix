# services.postgresql and services.postgresqlBackup of NixOS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  cfg = config.services.postgresql;
in
{
  options.services = {
    postgresql = {
      enable = lib.mkOption {
        type = types.bool;
        default = false;
      };
      package = lib.mkOption {
        type = types.package;
        default = pkgs.postgresql_17;
      };
      finalPackage = lib.mkOption {
        type = types.package;
        readOnly = true;
        default = cfg.package;
      };
      enableTCPIP = lib.mkOption {
        type = types.bool;
        default = false;
      };
      ensureDatabases = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      ensureUsers = lib.mkOption {
        default = [ ];
        type = types.listOf (
          types.submodule {
            options = {
              name = lib.mkOption { type = types.str; };
              ensureDBOwnership = lib.mkOption {
                type = types.bool;
                default = false;
              };
            };
          }
        );
      };
      # Freeform upstream as well.
      settings = lib.mkOption {
        default = { };
        type = types.submodule {
          freeformType = types.attrsOf (
            types.oneOf [
              types.bool
              types.float
              types.int
              types.str
            ]
          );
          options.port = lib.mkOption {
            type = types.port;
            default = 5432;
          };
        };
      };
    };

    postgresqlBackup = {
      enable = lib.mkOption {
        type = types.bool;
        default = false;
      };
      startAt = lib.mkOption {
        type = types.either types.str (types.listOf types.str);
        default = "*-*-* 01:15:00";
      };
      databases = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      compression = lib.mkOption {
        type = types.enum [
          "none"
          "gzip"
          "zstd"
        ];
        default = "gzip";
      };
      location = lib.mkOption {
        type = types.path;
        default = "/var/backup/postgresql";
      };
    };
  };

  config = lib.mkIf cfg.enable {
    # What the module sets at normal priority, and ours has to outdo.
    services.postgresql.settings.listen_addresses = if cfg.enableTCPIP then "*" else "localhost";
    assertions = map (user: {
      assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
      message = "ensureDBOwnership of ${user.name} needs a database of that name in ensureDatabases.";
    }) cfg.ensureUsers;
  };
}
