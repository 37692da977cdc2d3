# Ghosts whose ids no homeserver takes.
{
  message = "services.slack-bridge.appservice.userPrefix' is not of type";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    { services.slack-bridge.appservice.userPrefix = "Slack "; }
  ];
}
