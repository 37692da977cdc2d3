# The homeserver copies its own database while it runs; a signal asks it to. Its media are
# plain files that never change and lie next to the database. The unit is there on every host
# with a homeserver, because a deployment that brings another version of it starts the unit
# first; with ops.backup it runs every night.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.backup;
  folder = "/var/backup/continuwuity";
  user = config.services.matrix-continuwuity.user;
  script = pkgs.writeShellApplication {
    name = "ops-backup-homeserver";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.findutils
      config.systemd.package
    ];
    text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./homeserver.sh);
  };
in
{
  config = lib.mkIf config.ops.homeserver.enable {
    services.matrix-continuwuity.settings.global = {
      database_backup_path = folder;
      database_backups_to_keep = cfg.keep;
      admin_signal_execute = [ "server backup-database" ];
    };

    systemd = {
      tmpfiles.settings."10-ops-backup".${folder}.d = {
        mode = "0700";
        inherit user;
        group = config.services.matrix-continuwuity.group;
      };
      services = {
        # Its own hardening makes everything but its state read-only. A folder that
        # is not there must not keep the homeserver from starting.
        continuwuity.serviceConfig.ReadWritePaths = [ "-${folder}" ];

        ops-backup-homeserver = {
          description = "Copy of the homeserver's database";
          after = [ "continuwuity.service" ];
          startAt = lib.optional cfg.enable cfg.startAt;
          serviceConfig = {
            Type = "oneshot";
            ExecStart = "${lib.getExe script} ${folder} continuwuity.service";
            TimeoutStartSec = "1h";
          };
        };
      };
    };
  };
}
