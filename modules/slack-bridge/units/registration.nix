# slack-bridge-registration: makes the tokens that homeserver and bridge share and
# the registration that says them to both. It reads no secret of Slack's and runs
# before the homeserver, which takes its registrations when it starts.
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

  # Those that lie in the state directory are the ones to be made.
  generated = lib.filter (lib.hasInfix "=${state}/") secrets.bridge;
  names = map (secret: lib.last (lib.splitString "/" secret)) generated;
in
{
  config = lib.mkIf cfg.enable {
    systemd.services.slack-bridge-registration = {
      description = "Registration of the Slack bridge";
      wantedBy = [ "multi-user.target" ];
      after = [ "sops-install-secrets.service" ];
      restartTriggers = [ (builtins.toJSON cfg.internal.registrationInputs) ];
      startLimitBurst = 5;
      startLimitIntervalSec = 300;

      serviceConfig = (import ./hardening.nix) // {
        Type = "oneshot";
        RemainAfterExit = true;
        User = cfg.user;
        Group = cfg.user;
        StateDirectory = "slack-bridge";
        StateDirectoryMode = "0700";
        RuntimeDirectory = "slack-bridge-registration";
        RuntimeDirectoryMode = "0700";
        LoadCredential = credentials.registration;

        ExecStartPre = [
          "+${
            command "prepare" [
              cfg.user
              state
            ]
          }"
          (command "generate" ([ "${state}/secrets" ] ++ names))
          (command "render" (
            [
              "${files.registration}"
              "%t/slack-bridge-registration/config.yaml"
            ]
            ++ secrets.registration
          ))
        ];
        ExecStart = command "register" (
          [ state ] ++ lib.optional cfg.continuwuity.enable "%d/admin-commands"
        );

        # The homeserver starts after it: a hanging stage must not hold that back, and
        # systemd by itself would wait without end.
        TimeoutStartSec = 30;
        Restart = "on-failure";
        RestartSec = 5;
        RestartPreventExitStatus = "64 65 73 77 78";

        # It needs no network.
        PrivateNetwork = true;
        RestrictAddressFamilies = "none";
        IPAddressDeny = "any";
      };
    };
  };
}
