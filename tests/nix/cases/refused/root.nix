# The bridge as root.
{
  message = "user must not be root";
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
        user = "root";
        database.type = "sqlite3-fk-wal";
      };
    }
  ];
}
