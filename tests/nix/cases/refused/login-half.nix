# A login without its second token.
{
  message = "belong together";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
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
