# Where alerts go: to the owner in Matrix, in a room that the bridge's bot makes, and by mail. The
# receiver for Matrix is a process of its own: it says when the bridge is down. What takes the
# homeserver away leaves the mail.
{ config, lib, ... }:
let
  cfg = config.ops.monitoring;
  bridge = config.services.slack-bridge;
  inherit (config.services.prometheus) alertmanager;
  inherit (config.ops) secrets;

  here = "127.0.0.1";
  secret = "smtp-password";
  login = cfg.mail != null && cfg.mail.username != null;
  matrix = bridge.enable && cfg.matrix.user != null;
in
{
  options.ops.monitoring = {
    matrix = {
      user = lib.mkOption {
        type = lib.types.nullOr lib.types.str;
        default = if config.ops.bridge.enable then config.ops.bridge.owner else null;
        defaultText = lib.literalMD "`ops.bridge.owner`";
        description = "The Matrix user whom the bridge's bot invites to the room of alerts; null for none.";
      };
      port = lib.mkOption {
        type = lib.types.port;
        default = 29321;
        description = "The port on 127.0.0.1 on which the receiver of alerts listens.";
      };
    };

    mail = lib.mkOption {
      default = null;
      description = "Alerts by mail, through a mail server of yours; null for none.";
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            to = lib.mkOption {
              type = lib.types.str;
              example = "you@example.org";
              description = "Who gets the mail.";
            };
            from = lib.mkOption {
              type = lib.types.str;
              example = "host@example.org";
              description = "Whose mail it is.";
            };
            server = lib.mkOption {
              type = lib.types.strMatching "[A-Za-z0-9.-]+:[0-9]+";
              example = "mail.example.org:587";
              description = "The mail server and its port. It has to offer STARTTLS.";
            };
            username = lib.mkOption {
              type = lib.types.nullOr lib.types.str;
              default = null;
              description = "The name to log in with; the password is the secret `smtp-password`. null for no login.";
            };
          };
        }
      );
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.enable && login -> secrets.enable;
          message = "ops.monitoring.mail.username needs the password `smtp-password` from the secrets: enable ops.secrets, or leave the name out.";
        }
      ];
      warnings = lib.optional (cfg.enable && !matrix && cfg.mail == null) (
        "ops.monitoring tells no one of alerts: set ops.monitoring.matrix.user, with the bridge on this host, or ops.monitoring.mail."
      );
    }
    (lib.mkIf cfg.enable {
      services.prometheus = {
        alertmanagers = [
          { static_configs = [ { targets = [ "${here}:${toString alertmanager.port}" ]; } ]; }
        ];
        alertmanager = {
          enable = true;
          listenAddress = here;
          # It would listen to everyone for others of its kind.
          extraFlags = [ "--cluster.listen-address=" ];
          configuration = {
            global = lib.optionalAttrs (cfg.mail != null) (
              {
                smtp_from = cfg.mail.from;
                smtp_smarthost = cfg.mail.server;
              }
              // lib.optionalAttrs login {
                smtp_auth_username = cfg.mail.username;
                smtp_auth_password_file = "/run/credentials/alertmanager.service/${secret}";
              }
            );
            route = {
              receiver = "people";
              group_by = [ "alertname" ];
              repeat_interval = "12h";
            };
            receivers = [
              (
                {
                  name = "people";
                }
                // lib.optionalAttrs matrix {
                  webhook_configs = [ { url = "http://${here}:${toString cfg.matrix.port}/"; } ];
                }
                // lib.optionalAttrs (cfg.mail != null) {
                  email_configs = [
                    {
                      inherit (cfg.mail) to;
                      send_resolved = true;
                    }
                  ];
                }
              )
            ];
          };
        };
      };
    })
    (lib.mkIf (cfg.enable && login && secrets.enable) {
      sops.secrets.${secret}.restartUnits = [ "alertmanager.service" ];
      systemd.services.alertmanager = {
        wants = [ "sops-install-secrets.service" ];
        after = [ "sops-install-secrets.service" ];
        serviceConfig.LoadCredential = [ "${secret}:${config.sops.secrets.${secret}.path}" ];
      };
    })
    (lib.mkIf (cfg.enable && matrix) {
      systemd.services.slack-bridge-alerts = {
        description = "Alerts in a Matrix room";
        wantedBy = [ "multi-user.target" ];
        # The first start of the bridge writes its configuration.
        after = [ "slack-bridge.service" ];
        serviceConfig = (import ../../slack-bridge/units/hardening.nix) // {
          User = bridge.user;
          Group = bridge.user;
          ExecStart = "${lib.getExe bridge.package} alerts -c /var/lib/slack-bridge/config.yaml --listen ${here}:${toString cfg.matrix.port} --to ${cfg.matrix.user}";
          Restart = "always";
          RestartSec = "30s";
          RestrictAddressFamilies = "AF_INET AF_INET6 AF_UNIX";
        };
      };
    })
  ];
}
