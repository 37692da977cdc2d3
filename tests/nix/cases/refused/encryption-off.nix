# Encryption demanded but not enabled.
{
  message = "need `enable = true`";
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
        encryption.require = true;
      };
    }
  ];
}
