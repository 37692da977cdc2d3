# Prometheus on the port of another.
{
  host = true;
  message = "Port 9090 is given to services.slack-bridge.operator.port and services.prometheus.port";
  modules = [
    {
      ops.monitoring.enable = true;
      services.slack-bridge.operator.port = 9090;
    }
  ];
}
