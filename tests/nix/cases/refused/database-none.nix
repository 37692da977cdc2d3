# No database at all.
{
  message = "set either `uri` or `uriFile`";
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
          uri = null;
        };
      };
    }
  ];
}
