# slack-bridge: the bridge itself. It says READY when database and listener are
# there; what it waits for after that is in its status.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.slack-bridge;
  state = "/var/lib/slack-bridge";
  inherit (cfg.internal) secrets credentials files;
  script = import ../scripts {
    inherit lib pkgs;
    inherit (cfg) package;
  };
  command = name: arguments: lib.concatStringsSep " " ([ (lib.getExe (script name)) ] ++ arguments);

  # An absent token is no reason to stay down: the bridge says that it waits for
  # it. Without a fallback systemd would not start the unit.
  emptyWhenAbsent = map (line: "${lib.head (lib.splitString ":" line)}:\\n") (
    lib.filter (lib.hasPrefix "slack-") credentials.bridge
  );
in
{
  config = lib.mkIf cfg.enable {
    systemd.services.slack-bridge = {
      description =
        "Slack bridge" + lib.optionalString (cfg.slack.workspace != null) " (${cfg.slack.workspace})";
      wantedBy = [ "multi-user.target" ];
      requires = [ "slack-bridge-registration.service" ];
      wants = [ "network-online.target" ];
      after = [
        "network-online.target"
        "slack-bridge-registration.service"
        "sops-install-secrets.service"
      ];
      restartTriggers = [ (builtins.toJSON cfg.internal.registrationInputs) ];
      # Waits grow to a minute, so this many starts take a quarter of an hour: a
      # database that is down that long has an operator looking at it.
      startLimitBurst = 20;
      startLimitIntervalSec = 1800;

      serviceConfig = (import ./hardening.nix) // {
        Type = "notify";
        User = cfg.user;
        Group = cfg.user;
        StateDirectory = "slack-bridge";
        StateDirectoryMode = "0700";
        WorkingDirectory = state;
        RuntimeDirectory = "slack-bridge";
        RuntimeDirectoryMode = "0700";
        LoadCredential = credentials.bridge;
        SetCredential = emptyWhenAbsent;

        ExecStartPre = [
          "+${
            command "prepare" [
              cfg.user
              state
            ]
          }"
          (command "render" (
            [
              "${files.bridge}"
              "${state}/config.yaml"
            ]
            ++ secrets.bridge
          ))
        ];
        ExecStart = command "run" [
          "${state}/config.yaml"
          "${state}/registration.yaml"
        ];
        TimeoutStartSec = 120;
        # The bridge says every few seconds that its own loops go on. An outage of
        # Slack, the homeserver or the database stops none of them.
        WatchdogSec = 120;
        # The bridge stops within 10 s; see docs/reliability.md.
        TimeoutStopSec = 30;

        # Exit codes are those of sysexits: what a restart cannot cure stays down.
        Restart = "on-failure";
        RestartSec = 2;
        RestartSteps = 6;
        RestartMaxDelaySec = 60;
        RestartPreventExitStatus = "64 65 73 77 78";

        # Slack and the homeserver by IP, the database and systemd by socket.
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
      };
    };
  };
}
