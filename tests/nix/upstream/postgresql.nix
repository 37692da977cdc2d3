# services.postgresql and services.postgresqlBackup of NixOS. Where PostgreSQL is off there
# is no package: upstream gives one by system.stateVersion when it is on.
# Read from: nixos/modules/services/databases/postgresql.nix,
# nixos/modules/services/backup/postgresql-backup.nix
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  cfg = config.services.postgresql;
  backup = config.services.postgresqlBackup;
in
{
  options.services = {
    postgresql = {
      enable = lib.mkOption {
        type = types.bool;
        default = false;
      };
      package = lib.mkOption { type = types.package; };
      finalPackage = lib.mkOption {
        type = types.package;
        readOnly = true;
        default = cfg.package;
      };
      enableTCPIP = lib.mkOption {
        type = types.bool;
        default = false;
      };
      initdbArgs = lib.mkOption {
        type = types.listOf types.str;
        default = [ ];
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

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      # What the module sets at normal priority, and ours has to outdo.
      services.postgresql.settings.listen_addresses = if cfg.enableTCPIP then "*" else "localhost";
      services.postgresql.package = lib.mkDefault (
        if lib.versionAtLeast config.system.stateVersion "25.11" then
          pkgs.postgresql_17
        else if lib.versionAtLeast config.system.stateVersion "24.11" then
          pkgs.postgresql_16
        else
          pkgs.postgresql_15
      );
      environment.systemPackages = [ cfg.finalPackage ];
      assertions = map (user: {
        assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
        message = "ensureDBOwnership of ${user.name} needs a database of that name in ensureDatabases.";
      }) cfg.ensureUsers;
    })
    (lib.mkIf backup.enable {
      assertions = [
        {
          # Without names it dumps all, into a file of another name.
          assertion = backup.databases != [ ];
          message = "services.postgresqlBackup.databases is empty, which means pg_dumpall: name them.";
        }
      ];
      systemd.services = lib.listToAttrs (
        map (
          name:
          lib.nameValuePair "postgresqlBackup-${name}" {
            description = "Backup of ${name} database(s)";
            requires = [ "postgresql.target" ];
            inherit (backup) startAt;
            serviceConfig = {
              Type = "oneshot";
              User = "postgres";
            };
          }
        ) backup.databases
      );
    })
  ];
}
