# A registration with a homeserver that is not there.
{
  message = "registers the bridge with a continuwuity on this host, and there is none";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
        bridge.permissions."@you:example.org" = "admin";
        continuwuity = {
          enable = true;
          admin = "admin";
        };
      };
    }
  ];
}
