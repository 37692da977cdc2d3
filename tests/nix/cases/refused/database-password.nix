# A password in the store.
{
  message = "database.uri holds a password";
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
          uri = "postgresql://bridge:word@10.0.0.3/bridge";
        };
      };
    }
  ];
}
