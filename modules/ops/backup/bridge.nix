# The bridge's SQLite database, copied by the bridge's own program while it runs. The unit is
# there on every host with one, because a deployment starts it before it switches; with
# ops.backup it runs every night. A database in PostgreSQL is dumped with the others.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.backup;
  bridge = config.services.slack-bridge;
  folder = "/var/backup/slack-bridge";
  script = pkgs.writeShellApplication {
    name = "ops-backup-bridge";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.findutils
      bridge.package
    ];
    text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./bridge.sh);
  };
in
{
  config = lib.mkIf (bridge.enable && bridge.database.type != "postgres") {
    systemd = {
      tmpfiles.settings."10-ops-backup".${folder}.d = {
        mode = "0700";
        inherit (bridge) user;
        group = bridge.user;
      };
      services.ops-backup-bridge = {
        description = "Copy of the Slack bridge's database";
        startAt = lib.optional cfg.enable cfg.startAt;
        # Written by the bridge's first start: before that there is nothing to copy.
        unitConfig.ConditionPathExists = "/var/lib/slack-bridge/config.yaml";
        serviceConfig = (import ../../slack-bridge/units/hardening.nix) // {
          Type = "oneshot";
          User = bridge.user;
          Group = bridge.user;
          WorkingDirectory = "/var/lib/slack-bridge";
          # SQLite needs its own files next to the database to read it while it changes.
          ReadWritePaths = [
            folder
            "/var/lib/slack-bridge"
          ]
          ++ lib.toList (config.systemd.services.slack-bridge.serviceConfig.ReadWritePaths or [ ]);
          ExecStart = "${lib.getExe script} ${folder} ${toString cfg.keep} /var/lib/slack-bridge/config.yaml";
          TimeoutStartSec = "1h";
          # It needs no network.
          PrivateNetwork = true;
          RestrictAddressFamilies = "none";
          IPAddressDeny = "any";
        };
      };
    };
  };
}
