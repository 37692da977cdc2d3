# continuwuity's first administrator. The server prints the password of an account that
# an admin command creates into its log, also one that it was given. So it gets a password
# that is good for once: as soon as the server answers, a unit signs in with it, changes it
# to one that no one has read, and ends every other session. Until that is done the web
# server has a file to go by (`gate`), and does not show the homeserver.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.continuwuity-admin;
  bridge = config.services.slack-bridge;
  inherit (config.services.matrix-continuwuity.settings) global;

  state = "/var/lib/continuwuity-admin";
  # The bridge's registration is an admin command too, and continuwuity takes the list of
  # commands from one file: with a bridge it is the bridge's.
  withBridge = bridge.enable && bridge.continuwuity.enable;
  here = config.services.matrix-continuwuity.enable;

  script =
    name: inputs:
    pkgs.writeShellApplication {
      name = "continuwuity-admin-${name}";
      runtimeInputs = [ pkgs.coreutils ] ++ inputs;
      text = lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile (./. + "/${name}.sh"));
    };
  command = pkgs.writeShellApplication {
    name = "continuwuity-admin";
    runtimeInputs = [
      config.systemd.package
      pkgs.coreutils
    ];
    text = ''
      set -- ${
        lib.escapeShellArgs [
          state
          cfg.name
          (lib.optionalString withBridge "slack-bridge-registration.service")
        ]
      } "$@"
    ''
    + lib.removePrefix "#!/usr/bin/env bash\n" (builtins.readFile ./command.sh);
  };

  addresses = if global.address or null == null then [ "127.0.0.1" ] else global.address;
  base = "http://${lib.head addresses}:${toString (lib.head global.port)}";

  hardening = import ../slack-bridge/units/hardening.nix;
in
{
  options.services.continuwuity-admin = {
    enable = lib.mkEnableOption "creating continuwuity's administrator at its first start";

    name = lib.mkOption {
      type = lib.types.strMatching "[a-z0-9._=/+-]+";
      example = "admin";
      description = ''
        The localpart of the administrator. `continuwuity-admin password`, as root, shows
        the password. An account of that name that is there already keeps its own.
      '';
    };

    serverName = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+(:[0-9]+)?";
      example = "example.org";
      description = "The homeserver's server name.";
    };

    passwordFile = lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/matrix-admin-password";
      description = ''
        A file that holds the administrator's password. Without it, or while it is blank,
        one is made. A changed one takes effect when the host is switched, unless the
        administrator has chosen another with a Matrix client in the meantime.
      '';
    };

    gate = lib.mkOption {
      type = lib.types.path;
      readOnly = true;
      internal = true;
      default = "/run/continuwuity-admin/settled";
      description = "There while no password that the homeserver has printed opens the administrator's account.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.enable -> here;
          message = "services.continuwuity-admin creates an administrator of a continuwuity on this host, and there is none: enable services.matrix-continuwuity (or ops.homeserver).";
        }
      ];
    }
    (lib.mkIf (cfg.enable && here) {
      environment.systemPackages = [ command ];

      services.matrix-continuwuity = {
        extraEnvironment = lib.mkIf (!withBridge) { CONDUWUIT_CONFIG = "%d/continuwuity-admin.toml"; };
        settings.global = {
          # From its second start on the server refuses to create the administrator again,
          # and an error would stop it.
          admin_execute_errors_ignore = true;
          admins_list = [ "@${cfg.name}:${cfg.serverName}" ];
        };
      };

      users.users.continuwuity-admin = {
        isSystemUser = true;
        group = "continuwuity-admin";
        description = "Administrator of continuwuity";
      };
      users.groups.continuwuity-admin = { };

      systemd.services = {
        continuwuity = {
          # Wants, not requires: the homeserver starts without it, and is then not shown.
          wants = [ "continuwuity-admin-password.service" ];
          after = [ "continuwuity-admin-password.service" ];
          serviceConfig = lib.mkIf (!withBridge) {
            LoadCredential = [ "continuwuity-admin.toml:${state}/commands.toml" ];
            SetCredential = [ "continuwuity-admin.toml:[global]\\n" ];
          };
        };

        slack-bridge-registration = lib.mkIf withBridge {
          wants = [ "continuwuity-admin-password.service" ];
          after = [ "continuwuity-admin-password.service" ];
          serviceConfig.LoadCredential = [ "admin-commands:${state}/commands" ];
        };

        continuwuity-admin-password = {
          description = "Passwords of continuwuity's administrator";
          wantedBy = [ "multi-user.target" ];
          after = [ "sops-install-secrets.service" ];
          startLimitBurst = 5;
          startLimitIntervalSec = 300;
          serviceConfig = hardening // {
            Type = "oneshot";
            RemainAfterExit = true;
            StateDirectory = "continuwuity-admin";
            StateDirectoryMode = "0700";
            LoadCredential = lib.optional (cfg.passwordFile != null) "given:${cfg.passwordFile}";
            SetCredential = [ "given:\\n" ];
            ExecStart = "${lib.getExe (script "prepare" [ pkgs.gnused ])} ${state} ${cfg.name}";
            TimeoutStartSec = 30;
            # It needs no network.
            PrivateNetwork = true;
            RestrictAddressFamilies = "none";
            IPAddressDeny = "any";
          };
        };

        continuwuity-admin = {
          description = "Password of continuwuity's administrator";
          wantedBy = [ "continuwuity.service" ];
          # It starts again with every start of the homeserver.
          bindsTo = [ "continuwuity.service" ];
          partOf = [ "continuwuity.service" ];
          wants = [ "continuwuity-admin-password.service" ];
          after = [
            "continuwuity.service"
            "continuwuity-admin-password.service"
          ];
          # More often than the homeserver can be started. A try takes minutes to fail, and
          # goes on until what is in the way is gone.
          startLimitBurst = 10;
          startLimitIntervalSec = 60;
          serviceConfig = hardening // {
            Type = "oneshot";
            RemainAfterExit = true;
            User = "continuwuity-admin";
            Group = "continuwuity-admin";
            # The web server looks into it.
            RuntimeDirectory = "continuwuity-admin";
            RuntimeDirectoryMode = "0755";
            LoadCredential = [
              "once:${state}/once"
              "password:${state}/password"
              "previous:${state}/previous"
              "reset:${state}/reset"
            ];
            SetCredential = [ "reset:\\n" ];
            ExecStart = "${
              lib.getExe (
                script "settle" [
                  pkgs.curl
                  pkgs.jq
                ]
              )
            } ${base} ${cfg.name} ${cfg.gate}";
            TimeoutStartSec = 240;
            Restart = "on-failure";
            RestartSec = 10;
            IPAddressAllow = [
              "127.0.0.0/8"
              "::1/128"
            ];
            IPAddressDeny = "any";
            RestrictAddressFamilies = [
              "AF_INET"
              "AF_INET6"
            ];
          };
        };
      };
    })
  ];
}
