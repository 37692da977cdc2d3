# An option of NixOS that does not exist.
{
  message = "The option `services.postgresql.ensureDatabase' does not exist";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    { services.postgresql.ensureDatabase = [ "slack_bridge" ]; }
  ];
}
