# Joins the bridge with this host's homeserver and secrets.
{ config, lib, ... }:
let
  cfg = config.ops.bridge;
  inherit (config.ops) homeserver secrets web;
in
{
  options.ops.bridge = {
    enable = lib.mkEnableOption "the Slack bridge on this host's homeserver";

    workspace = lib.mkOption {
      type = lib.types.str;
      example = "example";
      description = "The workspace's name in its address, `<name>.slack.com`.";
    };

    owner = lib.mkOption {
      type = lib.types.str;
      default = "@${homeserver.admin}:${homeserver.serverName}";
      defaultText = lib.literalMD "the homeserver's administrator";
      description = "The Matrix user to whom the login belongs.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.enable -> homeserver.enable;
          message = "ops.bridge joins the bridge with this host's homeserver, and there is none: enable ops.homeserver; or set ops.bridge.enable = false and services.slack-bridge for a homeserver of another kind or place (docs/bridge-alone.md).";
        }
        {
          assertion = cfg.enable -> secrets.enable;
          message = "ops.bridge takes Slack's tokens from the secrets: enable ops.secrets; or set ops.bridge.enable = false and services.slack-bridge with token files of your own.";
        }
      ];
    }
    (lib.mkIf (cfg.enable && homeserver.enable && secrets.enable) {
      services.slack-bridge = {
        enable = true;
        matrix = {
          inherit (homeserver) serverName;
          homeserverUrl = "http://127.0.0.1:${toString homeserver.port}";
        };
        continuwuity = {
          enable = true;
          inherit (homeserver) admin;
        };
        # Slack fetches the pictures of Matrix people here; see modules/ops/web/matrix.nix.
        appservice.publicAddress = lib.mkIf web.enable (lib.mkDefault "https://${homeserver.host}");
        slack = {
          inherit (cfg) workspace owner;
          botTokenFile = config.sops.secrets.slack-bot-token.path;
          appTokenFile = config.sops.secrets.slack-app-token.path;
        };
      };

      # A new token concerns the bridge alone: the homeserver goes on.
      sops.secrets = lib.genAttrs [ "slack-bot-token" "slack-app-token" ] (_name: {
        restartUnits = [ "slack-bridge.service" ];
      });
      systemd.services.slack-bridge.wants = [ "sops-install-secrets.service" ];
    })
  ];
}
