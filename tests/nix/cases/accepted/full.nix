# Every option set to something else than its default.
{
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        user = "bridge";
        matrix = {
          homeserverUrl = "http://10.0.0.2:8448";
          serverName = "example.org";
        };
        database = {
          uri = null;
          uriFile = "/run/secrets/database-uri";
          maxOpenConnections = 20;
          maxIdleConnections = 2;
        };
        appservice = {
          hostname = "10.0.0.1";
          port = 29320;
          id = "slack-example";
          senderLocalpart = "bridge";
          userPrefix = "_slack_";
          publicAddress = "https://bridge.example.org/slack";
          asTokenFile = "/run/secrets/as-token";
          hsTokenFile = "/run/secrets/hs-token";
        };
        bridge = {
          commandPrefix = "!s";
          permissions = {
            "example.org" = "user";
            "@you:example.org" = "admin";
          };
        };
        encryption = {
          enable = true;
          default = true;
          require = true;
          appservice = true;
          msc4190 = true;
          pickleKeyFile = "/run/secrets/pickle-key";
        };
        provisioning.sharedSecretFile = "/run/secrets/shared-secret";
        faces.signingKeyFile = "/run/secrets/signing-key";
        doublePuppet.secretFiles."example.org" = "/run/secrets/double-puppet";
        logging.level = "debug";
        slack = {
          workspace = "example";
          owner = "@you:example.org";
          botTokenFile = "/run/secrets/bot";
          appTokenFile = "/run/secrets/app";
        };
        settings.network = {
          conversation_count = 20;
          channels.exclude = [ "hr-*" ];
        };
      };
    }
  ];
}
