# Grafana without a web server.
{ lib }:
{
  host = true;
  message = "enable ops.web, ops.homeserver and ops.secrets, or leave Grafana off";
  modules = [
    {
      ops = {
        web.enable = lib.mkForce false;
        monitoring = {
          enable = true;
          grafana.enable = true;
        };
      };
    }
  ];
}
