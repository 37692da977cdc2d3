# A homeserver by a name that may stand for ::1.
{
  message = "homeserver.address is `http://localhost:8008`";
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
        matrix.homeserverUrl = "http://localhost:8008";
      };
    }
  ];
}
