# An option of ours that does not exist.
{
  message = "The option `services.slack-bridge.slack.botToken' does not exist";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    { services.slack-bridge.slack.botToken = "word"; }
  ];
}
