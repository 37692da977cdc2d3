# A bridge into which nobody may log in.
{
  message = "bridge.permissions lets nobody log in";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
      };
    }
  ];
}
