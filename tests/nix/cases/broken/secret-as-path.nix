# A path of this repository, which would be copied to the store.
{
  message = "is not of type `null or absolute path not in the Nix store'";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
      };
    }
    { services.slack-bridge.slack.botTokenFile = ./secret-as-path.nix; }
  ];
}
