# Pictures of what Prometheus has, below a path of the homeserver's name.
{ config, lib, ... }:
let
  cfg = config.ops.monitoring.grafana;
  inherit (config.ops) homeserver secrets web;
  on = config.ops.monitoring.enable && cfg.enable;
  file = name: "$__file{${config.sops.secrets.${name}.path}}";
in
{
  options.ops.monitoring.grafana = {
    enable = lib.mkEnableOption "Grafana at `/grafana/` of the homeserver's name, with the secrets `grafana-secret-key` and `grafana-admin-password`";

    port = lib.mkOption {
      type = lib.types.port;
      default = 3030;
      description = "The port on 127.0.0.1 on which Grafana listens.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = on -> web.enable && homeserver.enable && secrets.enable;
          message = "ops.monitoring.grafana is shown below the homeserver's name and takes its password from the secrets: enable ops.web, ops.homeserver and ops.secrets, or leave Grafana off.";
        }
      ];
    }
    (lib.mkIf (on && web.enable && homeserver.enable && secrets.enable) {
      sops.secrets = lib.genAttrs [ "grafana-secret-key" "grafana-admin-password" ] (_name: {
        owner = "grafana";
        restartUnits = [ "grafana.service" ];
      });

      services.grafana = {
        enable = true;
        settings = {
          server = {
            http_addr = "127.0.0.1";
            http_port = cfg.port;
            domain = homeserver.host;
            root_url = "https://${homeserver.host}/grafana/";
            serve_from_sub_path = true;
          };
          security = {
            secret_key = file "grafana-secret-key";
            admin_password = file "grafana-admin-password";
            cookie_secure = true;
          };
          users.allow_sign_up = false;
          analytics = {
            reporting_enabled = false;
            check_for_updates = false;
          };
        };
        provision = {
          enable = true;
          datasources.settings.datasources = [
            {
              name = "Prometheus";
              uid = "prometheus";
              type = "prometheus";
              access = "proxy";
              url = "http://127.0.0.1:${toString config.services.prometheus.port}";
              isDefault = true;
            }
          ];
          dashboards.settings.providers = [
            {
              name = "ops";
              options.path = ./dashboards;
            }
          ];
        };
      };
      systemd.services.grafana = {
        wants = [ "sops-install-secrets.service" ];
        after = [ "sops-install-secrets.service" ];
        serviceConfig.MemoryMax = "384M";
      };

      services.nginx.virtualHosts.${homeserver.host}.locations."/grafana/" = {
        proxyPass = "http://127.0.0.1:${toString cfg.port}";
        proxyWebsockets = true;
      };
    })
  ];
}
