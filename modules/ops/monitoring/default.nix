# Watches over the host and tells people: Prometheus with what it reads, alerts by chat and by
# mail, and pictures of it all. Sized for a server with two gigabytes of memory.
{ lib, ... }:
{
  imports = [
    ./alerts.nix
    ./grafana.nix
    ./prometheus.nix
  ];

  options.ops.monitoring.enable = lib.mkEnableOption "Prometheus, and alerts in a Matrix room and by mail";
}
