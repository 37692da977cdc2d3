# A secret in the settings.
{
  message = "services.slack-bridge.settings.faces.signing_key is a secret, and everybody can read the store: put it into a file and name that in services.slack-bridge.faces.signingKeyFile.";
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
        settings.faces.signing_key = "word";
      };
    }
  ];
}
