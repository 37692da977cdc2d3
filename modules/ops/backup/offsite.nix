# Everything that cannot be made again, off the host every night: what ops.backup has copied,
# and the files that are in none of its copies. restic encrypts it here. When it last worked is
# a metric, and ops.monitoring tells a person when that is too long ago.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ops.backup;
  inherit (cfg) offsite;
  inherit (config.ops) forge homeserver secrets;
  inherit (config.services) forgejo slack-bridge;
  restic = config.services.restic.backups.offsite;

  folder = "/var/lib/ops-backup";
  metric = "ops_backup_offsite_last_success_timestamp_seconds";
  # Without the secrets the assertion says what is missing.
  file = name: config.sops.secrets."restic-${name}".path or "/run/secrets/restic-${name}";

  # A key that is named is the only one that is taken. Without one the first connection learns it,
  # and any other is refused from then on: what is in between would get encrypted copies, and
  # could not log in with what it was shown.
  knownHosts =
    if offsite.knownHosts == [ ] then
      "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${folder}/known_hosts"
    else
      "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${pkgs.writeText "ops-backup-known-hosts" (lib.concatLines offsite.knownHosts)}";

  noted = "${folder}/metrics/offsite.prom";
  script =
    name: runtimeInputs:
    lib.getExe (
      pkgs.writeShellApplication {
        name = "ops-backup-${name}";
        inherit runtimeInputs;
        text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./${name}.sh);
      }
    );
in
{
  options.ops.backup.offsite = {
    repository = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "sftp://backup@backup.example.org:2222/ops-jrz1";
      description = ''
        The restic repository to which the copies are pushed, off this host; null for none. It is
        made if it is not there. Its password is the secret `restic-password`: without it there is
        no way back.
      '';
    };

    sshKey = lib.mkOption {
      type = lib.types.bool;
      default = offsite.repository != null && lib.hasPrefix "sftp:" offsite.repository;
      defaultText = lib.literalMD "whether the repository begins with `sftp:`";
      description = "Whether the secret `restic-ssh-key` is the key with which restic logs in.";
    };

    knownHosts = lib.mkOption {
      type = lib.types.listOf lib.types.singleLineStr;
      default = [ ];
      example = [ "[backup.example.org]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…" ];
      description = ''
        The keys of the server with an `sftp:` repository, as `ssh-keyscan` prints them; no other is
        accepted. Without any, the first connection learns the key, and another one is refused from
        then on.
      '';
    };

    environment = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Whether the secret `restic-environment` has variables for restic, such as AWS_ACCESS_KEY_ID: a
        line each, the value in single quotes, because systemd and a shell read them.
      '';
    };

    startAt = lib.mkOption {
      type = lib.types.str;
      default = "*-*-* 04:30:00";
      description = "When it is done, as a systemd calendar event. The copies of the night have to be there.";
    };

    keep = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "--keep-daily 7"
        "--keep-weekly 5"
        "--keep-monthly 12"
      ];
      description = "Which copies are kept there, as arguments of `restic forget`.";
    };
  };

  config = lib.mkIf (cfg.enable && offsite.repository != null) {
    assertions = [
      {
        assertion = secrets.enable;
        message = "ops.backup.offsite needs `restic-password` from the secrets: enable ops.secrets, or leave ops.backup.offsite.repository null.";
      }
    ];

    sops.secrets = lib.mkIf secrets.enable (
      {
        restic-password = { };
      }
      // lib.optionalAttrs offsite.sshKey { restic-ssh-key = { }; }
      // lib.optionalAttrs offsite.environment { restic-environment = { }; }
    );

    services.restic.backups.offsite = {
      inherit (offsite) repository;
      passwordFile = file "password";
      environmentFile = lib.mkIf offsite.environment (file "environment");
      initialize = true;
      timerConfig = {
        OnCalendar = offsite.startAt;
        Persistent = true;
      };
      pruneOpts = offsite.keep;
      extraOptions = lib.optional offsite.sshKey "sftp.args='-i ${file "ssh-key"} -o BatchMode=yes ${knownHosts}'";
      paths = [
        "/var/backup"
        "/etc/ssh"
      ]
      ++ lib.optional slack-bridge.enable "/var/lib/slack-bridge/secrets"
      ++ lib.optional homeserver.enable "/var/lib/private/continuwuity/media"
      ++ lib.optional forge.enable forgejo.stateDir;
    };

    systemd = {
      tmpfiles.settings."10-ops-backup" = {
        ${folder}.d.mode = "0755";
        "${folder}/metrics".d.mode = "0755";
        # An alert comes also if it never works.
        ${noted}.f = {
          mode = "0644";
          argument = "${metric} 0\\n";
        };
      };
      services.restic-backups-offsite = {
        after = [
          "sops-install-secrets.service"
          "ops-backup-bridge.service"
          "ops-backup-homeserver.service"
        ]
        ++ map (name: "postgresqlBackup-${name}.service") config.services.postgresqlBackup.databases;
        serviceConfig = {
          # It runs when everything before it has worked.
          ExecStartPost = "${script "noted" [ pkgs.coreutils ]} ${noted} ${metric}";
          # After one that fails, such as NixOS' own if nothing was begun, no other is run.
          ExecStopPost = lib.mkBefore [
            (lib.concatStringsSep " -o " (
              [
                (script "failed" [
                  pkgs.coreutils
                  pkgs.gnused
                  restic.package
                ])
              ]
              ++ restic.extraOptions
            ))
          ];
        };
      };
    };

    services.prometheus.exporters.node.extraFlags = [
      "--collector.textfile.directory=${folder}/metrics"
    ];
  };
}
