# Refuses two services on one port of this host: the second would not start.
{ config, lib, ... }:
let
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
    ];
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
