# Refuses a continuwuity on this host that the bridge would not find, that would
# not find the bridge, or that would write the bridge's tokens into its log.
{ config, lib, ... }:
let
  cfg = config.services.slack-bridge;
  here = config.services.matrix-continuwuity.enable;
  inherit (config.services.matrix-continuwuity.settings) global;

  urlPort = builtins.match "http://[0-9.]+:([0-9]+)/?" cfg.matrix.homeserverUrl;
  log = global.log or "info";
  quiet = import ../continuwuity-log.nix;
in
{
  config = lib.mkIf (cfg.enable && cfg.continuwuity.enable) {
    assertions = [
      {
        assertion = here;
        message = "services.slack-bridge.continuwuity registers the bridge with a continuwuity on this host, and there is none: enable services.matrix-continuwuity; or leave services.slack-bridge.continuwuity off, and give the homeserver registration.yaml yourself (docs/bridge-alone.md).";
      }
    ]
    ++ lib.optionals here [
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
        assertion = lib.all (directive: lib.hasInfix directive log) quiet;
        message = "services.matrix-continuwuity.settings.global.log is `${log}`: where the bridge cannot be reached its hs_token is logged. Add: ${lib.concatStringsSep "," quiet}";
      }
      {
        assertion = !(global ? admin_execute);
        message = "services.matrix-continuwuity.settings.global.admin_execute would replace the commands that register the bridge: leave it unset.";
      }
    ];
  };
}
