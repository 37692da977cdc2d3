# Refuses a continuwuity on this host that the bridge would not find, that would
# not find the bridge, or that would write the bridge's tokens into its log.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  inherit (config.services.matrix-continuwuity.settings) global;

  urlPort = builtins.match "http://[0-9.]+:([0-9]+)/?" cfg.matrix.homeserverUrl;
  log = global.log or "info";
in
{
  config = lib.mkIf (cfg.enable && cfg.continuwuity.enable) {
    assertions = [
      {
        assertion = urlPort != null && lib.elem (lib.toInt (lib.head urlPort)) global.port;
        message = "services.slack-bridge.matrix.homeserverUrl is `${cfg.matrix.homeserverUrl}`, but continuwuity listens on port ${
          lib.concatMapStringsSep ", " toString global.port
        }: write http://127.0.0.1:<that port>.";
      }
      {
        assertion = !lib.elem cfg.appservice.port global.port;
        message = "services.slack-bridge.appservice.port is also a port of continuwuity (${toString cfg.appservice.port}): choose another.";
      }
      {
        assertion = global.server_name == cfg.matrix.serverName;
        message = "services.slack-bridge.matrix.serverName is `${cfg.matrix.serverName}`, but continuwuity's server_name is `${global.server_name}`: they must be the same.";
      }
      {
        assertion = builtins.match ".*(debug|trace).*" log == null;
        message = "services.matrix-continuwuity.settings.global.log is `${log}`: at that level the commands that register the bridge are logged, with its tokens. Use info, warn or error.";
      }
      {
        assertion = !(global ? admin_execute);
        message = "services.matrix-continuwuity.settings.global.admin_execute would replace the commands that register the bridge: leave it unset.";
      }
    ];
  };
}
