# An address in the settings.
{
  message = "appservice.public_address is `https://localhost/avatars`";
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
        settings.appservice.public_address = "https://localhost/avatars";
      };
    }
  ];
}
