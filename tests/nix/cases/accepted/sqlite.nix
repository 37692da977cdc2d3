# Without a database server.
{
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
        database.type = "sqlite3-fk-wal";
      };
    }
  ];
}
