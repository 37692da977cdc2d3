# services.restic of NixOS, with the unit and the command that it makes: the stack test runs both.
# Read from: nixos/modules/services/backup/restic.nix of nixpkgs at 00976b1, and the same of 2025
# (faukah/nixpkgs at 3b20077).
{
  config,
  lib,
  pkgs,
  ...
}:
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

  script =
    name: text:
    lib.getExe (
      pkgs.writeShellApplication {
        inherit name text;
      }
    );
  command =
    backup: lib.getExe backup.package + lib.concatMapStrings (o: " -o ${o}") backup.extraOptions;
  # NixOS': config.programs.ssh.package.
  path = [ pkgs.openssh ];
  environment = name: backup: {
    RESTIC_CACHE_DIR = "/var/cache/restic-backups-${name}";
    RESTIC_PASSWORD_FILE = backup.passwordFile;
    RESTIC_REPOSITORY = backup.repository;
  };
in
{
  options.services.restic.backups = lib.mkOption {
    default = { };
    type = types.attrsOf (
      types.submodule {
        options = {
          package = lib.mkOption {
            type = types.package;
            default = pkgs.restic;
          };
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

  config = {
    systemd.services = lib.mapAttrs' (
      name: backup:
      let
        restic = command backup;
        includes = "/run/restic-backups-${name}/includes";
      in
      lib.nameValuePair "restic-backups-${name}" {
        description = "Restic backup ${name}";
        inherit path;
        restartIfChanged = false;
        wants = [ "network-online.target" ];
        after = [ "network-online.target" ];
        environment = environment name backup;
        serviceConfig = {
          Type = "oneshot";
          User = backup.user;
          RuntimeDirectory = "restic-backups-${name}";
          CacheDirectory = "restic-backups-${name}";
          CacheDirectoryMode = "0700";
          PrivateTmp = true;
          ExecStartPre = script "restic-backups-${name}-pre-start" ''
            ${lib.optionalString backup.initialize "${restic} cat config > /dev/null || ${restic} init"}
            cat ${pkgs.writeText "staticPaths" (lib.concatLines backup.paths)} >> ${includes}
          '';
          ExecStart = [
            "${restic} backup  --files-from=${includes}"
          ]
          ++ lib.optionals (backup.pruneOpts != [ ]) [
            "${restic} unlock"
            "${restic} forget --prune ${lib.concatStringsSep " " backup.pruneOpts}"
          ];
          ExecStopPost = script "restic-backups-${name}-post-stop" "rm ${includes}";
        }
        // lib.optionalAttrs (backup.environmentFile != null) { EnvironmentFile = backup.environmentFile; };
      }
    ) config.services.restic.backups;

    environment.systemPackages = lib.mapAttrsToList (
      name: backup:
      pkgs.writeShellScriptBin "restic-${name}" ''
        set -a
        ${lib.optionalString (backup.environmentFile != null) "source ${backup.environmentFile}"}
        ${lib.toShellVars (environment name backup)}
        PATH=${lib.makeBinPath path}:$PATH
        exec ${command backup} "$@"
      ''
    ) config.services.restic.backups;
  };
}
