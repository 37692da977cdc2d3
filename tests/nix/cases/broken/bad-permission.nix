# A level that does not exist.
{
  message = "is not of type `one of";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
      };
    }
    { services.slack-bridge.bridge.permissions."example.org" = "adminn"; }
  ];
}
