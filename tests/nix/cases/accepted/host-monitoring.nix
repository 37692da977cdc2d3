# The host with alerts by chat and by mail, and Grafana.
{ lib }:
{
  host = true;
  modules = [
    {
      ops = {
        secrets.file = lib.mkForce ../monitoring.yaml;
        monitoring = {
          enable = true;
          grafana.enable = true;
          mail = {
            to = "you@example.org";
            from = "host@example.org";
            server = "mail.example.org:587";
            username = "host";
          };
        };
      };
    }
  ];
}
