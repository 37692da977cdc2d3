# A secret file in the store, which everybody can read.
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
    { services.slack-bridge.slack.botTokenFile = "/nix/store/00000000000000000000000000000000-token"; }
  ];
}
