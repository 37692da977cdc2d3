# The bridge's two listeners on one port.
{
  host = true;
  message = "Port 29319 is given to services.slack-bridge.appservice.port and services.slack-bridge.operator.port";
  modules = [
    { services.slack-bridge.operator.port = 29319; }
  ];
}
