# A login without its second token.
{
  message = "belong together";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    {
      services.slack-bridge = {
        slack = {
          owner = "@you:example.org";
          botTokenFile = "/run/secrets/bot";
        };
      };
    }
  ];
}
