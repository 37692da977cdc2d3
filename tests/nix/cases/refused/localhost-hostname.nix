# A listener by name.
{
  message = "appservice.hostname is `localhost`";
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
        appservice.hostname = "localhost";
        settings.appservice.address = "http://127.0.0.1:29319";
      };
    }
  ];
}
