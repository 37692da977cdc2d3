# A bridge into which no one may log in.
{
  message = "bridge.permissions lets no one log in";
  modules = [
    {
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "example.org";
      };
    }
  ];
}
