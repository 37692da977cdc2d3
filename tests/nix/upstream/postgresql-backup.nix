# services.postgresqlBackup of NixOS.
# Read from: nixos/modules/services/backup/postgresql-backup.nix
{ config, lib, ... }:
let
  inherit (lib) types;
  backup = config.services.postgresqlBackup;
in
{
  options.services = {
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

  config = lib.mkIf backup.enable {
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
  };
}
