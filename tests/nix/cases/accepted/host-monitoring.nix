# The host with alerts by chat and by mail, Grafana, and copies off the host.
{ lib }:
{
  host = true;
  modules = [
    {
      ops = {
        secrets.file = lib.mkForce ../monitoring.yaml;
        backup = {
          enable = true;
          offsite.repository = "sftp:backup@backup.example.org:ops-jrz1";
        };
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
