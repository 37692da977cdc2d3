# Peer authentication into a database of another name.
{
  message = "names the database `slack`, but peer authentication lets the system user `slack_bridge`";
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
        database.uri = "postgresql:///slack?host=/run/postgresql";
      };
    }
  ];
}
