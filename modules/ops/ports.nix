# Refuses two services on one port of this host: the second would not start.
{ config, lib, ... }:
let
  inherit (config.ops) monitoring;
  inherit (config.services) prometheus;

  used =
    lib.optional config.ops.homeserver.enable {
      option = "ops.homeserver.port";
      inherit (config.ops.homeserver) port;
    }
    ++ lib.optional config.ops.forge.enable {
      option = "ops.forge.port";
      inherit (config.ops.forge) port;
    }
    ++ lib.optionals config.services.slack-bridge.enable [
      {
        option = "services.slack-bridge.appservice.port";
        inherit (config.services.slack-bridge.appservice) port;
      }
      {
        option = "services.slack-bridge.operator.port";
        inherit (config.services.slack-bridge.operator) port;
      }
    ]
    ++ lib.optionals monitoring.enable (
      [
        {
          option = "services.prometheus.port";
          inherit (prometheus) port;
        }
        {
          option = "services.prometheus.alertmanager.port";
          inherit (prometheus.alertmanager) port;
        }
        {
          option = "services.prometheus.exporters.node.port";
          inherit (prometheus.exporters.node) port;
        }
        {
          option = "ops.monitoring.matrix.port";
          inherit (monitoring.matrix) port;
        }
      ]
      ++ lib.optional config.services.postgresql.enable {
        option = "services.prometheus.exporters.postgres.port";
        inherit (prometheus.exporters.postgres) port;
      }
      ++ lib.optional monitoring.grafana.enable {
        option = "ops.monitoring.grafana.port";
        inherit (monitoring.grafana) port;
      }
    );
  byPort = lib.groupBy (entry: toString entry.port) used;
in
{
  assertions = lib.mapAttrsToList (port: entries: {
    assertion = lib.length entries == 1;
    message = "Port ${port} is given to ${
      lib.concatMapStringsSep " and " (entry: entry.option) entries
    }: choose another for one of them.";
  }) byPort;
}
