# The bridge as root.
{
  message = "user must not be root";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
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
