# An option of a unit that does not exist.
{
  message = "restartTrigger' does not exist";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    { systemd.services.slack-bridge.restartTrigger = [ "x" ]; }
  ];
}
