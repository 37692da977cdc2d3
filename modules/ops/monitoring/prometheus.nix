# Prometheus, and the programs that it asks: the bridge, the system, PostgreSQL. All of them
# listen on 127.0.0.1.
{ config, lib, ... }:
let
  cfg = config.ops.monitoring;
  inherit (config.services) postgresql prometheus slack-bridge;
  inherit (prometheus) exporters;

  here = "127.0.0.1";
  job = name: port: {
    job_name = name;
    static_configs = [ { targets = [ "${here}:${toString port}" ]; } ];
  };
in
{
  config = lib.mkIf cfg.enable {
    services.prometheus = {
      enable = true;
      listenAddress = here;
      # Whatever comes first.
      retentionTime = "15d";
      extraFlags = [ "--storage.tsdb.retention.size=512MB" ];
      globalConfig = {
        scrape_interval = "30s";
        evaluation_interval = "30s";
      };
      rules = [ (builtins.readFile ./rules.yaml) ];
      scrapeConfigs = [
        (job "node" exporters.node.port)
      ]
      ++ lib.optional slack-bridge.enable (job "slack-bridge" slack-bridge.operator.port)
      ++ lib.optional postgresql.enable (job "postgresql" exporters.postgres.port);

      exporters = {
        node = {
          enable = true;
          listenAddress = here;
          # Units that have failed.
          enabledCollectors = [ "systemd" ];
        };
        postgres = lib.mkIf postgresql.enable {
          enable = true;
          listenAddress = here;
          # By socket, as postgres: there is no password.
          runAsLocalSuperUser = true;
        };
      };
    };

    # More would be taken from the services that it watches over. It frees memory before the
    # kernel ends it.
    systemd.services.prometheus = {
      environment.GOMEMLIMIT = "256MiB";
      serviceConfig.MemoryMax = "384M";
    };
  };
}
