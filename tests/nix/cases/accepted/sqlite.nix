# Without a database server.
{
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        database.type = "sqlite3-fk-wal";
      };
    }
  ];
}
