# The bot named like a ghost.
{
  message = "begins with userPrefix";
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
        appservice.senderLocalpart = "slack_bot";
      };
    }
  ];
}
