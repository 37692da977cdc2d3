# An option of NixOS' Prometheus that does not exist.
{
  host = true;
  message = "The option `services.prometheus.exporters.node.enabledCollector' does not exist";
  modules = [ { services.prometheus.exporters.node.enabledCollector = [ "systemd" ]; } ];
}
