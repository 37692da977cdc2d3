# A database by name.
{
  message = "database.uri is `postgresql://slack_bridge@localhost/slack_bridge`";
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
        database = {
          createLocally = false;
          uri = "postgresql://slack_bridge@localhost/slack_bridge";
        };
      };
    }
  ];
}
