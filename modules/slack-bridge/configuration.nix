# Turns the typed options into the bridge's configuration and the files that
# `slack-bridge config render` takes. Whatever `settings` says wins.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.slack-bridge;
  credentials = "/run/credentials/slack-bridge.service";

  fromOptions = {
    homeserver = {
      address = cfg.matrix.homeserverUrl;
      domain = cfg.matrix.serverName;
    };
    database = {
      inherit (cfg.database) type;
      max_open_conns = cfg.database.maxOpenConnections;
      max_idle_conns = cfg.database.maxIdleConnections;
    }
    // lib.optionalAttrs (cfg.database.uri != null) { inherit (cfg.database) uri; };
    appservice = {
      inherit (cfg.appservice) hostname port id;
      address = "http://${cfg.appservice.hostname}:${toString cfg.appservice.port}";
      bot.username = cfg.appservice.senderLocalpart;
      public_address = lib.optionalString (
        cfg.appservice.publicAddress != null
      ) cfg.appservice.publicAddress;
      # Keys come in the same part of a transaction as what people are doing.
      ephemeral_events = cfg.encryption.appservice;
      username_template = "${cfg.appservice.userPrefix}{{.}}";
    };
    bridge = {
      command_prefix = cfg.bridge.commandPrefix;
      inherit (cfg.bridge) permissions;
    };
    encryption = {
      allow = cfg.encryption.enable;
      inherit (cfg.encryption)
        default
        require
        appservice
        msc4190
        ;
    };
    operator = {
      # Commands that people type must find the socket without the service's environment.
      socket = "/run/slack-bridge/control.sock";
      address = "127.0.0.1:${toString cfg.operator.port}";
    };
    logging = {
      inherit (cfg.logging) level;
      format = "json";
    };
    network = lib.optionalAttrs (cfg.slack.owner != null) {
      logins = [
        {
          inherit (cfg.slack) owner;
          bot_token_file = "${credentials}/slack-bot-token";
          app_token_file = "${credentials}/slack-app-token";
        }
      ];
    };
  };

  # A file of settings over which the program itself has run: a mistake fails the
  # build and not the service.
  checked =
    name: settings:
    pkgs.writeTextFile {
      name = "slack-bridge-${name}.json";
      text = builtins.toJSON settings;
      checkPhase = ''
        ${pkgs.runtimeShell} ${./scripts/check-settings.sh} ${lib.getExe cfg.package} "$target"
      '';
    };
in
{
  config = lib.mkIf cfg.enable {
    services.slack-bridge = {
      settings = lib.mapAttrsRecursive (_path: lib.mkDefault) fromOptions;

      internal = {
        registrationSettings = removeAttrs cfg.settings [
          "database"
          "network"
        ];
        registrationInputs = {
          inherit (cfg.settings) encryption;
          # It concerns Slack and not the homeserver.
          appservice = removeAttrs cfg.settings.appservice [ "public_address" ];
          inherit (cfg.settings.homeserver) domain;
          inherit (cfg.continuwuity) enable;
          admin = lib.optionalString cfg.continuwuity.enable cfg.continuwuity.admin;
        };
        files = {
          registration = checked "registration" cfg.internal.registrationSettings;
          bridge = checked "settings" cfg.settings;
        };
      };
    };
  };
}
