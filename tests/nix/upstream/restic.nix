# services.restic of NixOS.
# Read from: nixos/modules/services/backup/restic.nix of nixpkgs at 00976b1; environmentFile, which is
# newer, was written from memory.
{ config, lib, ... }:
let
  inherit (lib) types;
  strings = lib.mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  maybe = lib.mkOption {
    type = types.nullOr types.str;
    default = null;
  };
in
{
  options.services.restic.backups = lib.mkOption {
    default = { };
    type = types.attrsOf (
      types.submodule {
        options = {
          passwordFile = lib.mkOption { type = types.str; };
          environmentFile = maybe;
          repository = maybe;
          paths = strings;
          timerConfig = lib.mkOption {
            type = types.nullOr (types.attrsOf types.raw);
            default = {
              OnCalendar = "daily";
              Persistent = true;
            };
          };
          user = lib.mkOption {
            type = types.str;
            default = "root";
          };
          extraOptions = strings;
          initialize = lib.mkOption {
            type = types.bool;
            default = false;
          };
          pruneOpts = strings;
        };
      }
    );
  };

  config.systemd.services = lib.mapAttrs' (
    name: backup:
    lib.nameValuePair "restic-backups-${name}" {
      description = "Restic backup ${name}";
      serviceConfig = {
        Type = "oneshot";
        User = backup.user;
      };
    }
  ) config.services.restic.backups;
}
