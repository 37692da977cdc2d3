# An option of a unit that does not exist.
{
  message = "restartTrigger' does not exist";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
      };
    }
    { systemd.services.slack-bridge.restartTrigger = [ "x" ]; }
  ];
}
