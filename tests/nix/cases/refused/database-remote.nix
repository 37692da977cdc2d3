# A role made here for a server elsewhere.
{
  message = "which is let in by the socket only";
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
        database.uri = "postgresql://slack_bridge@10.0.0.3/slack_bridge";
      };
    }
  ];
}
