# Two services on one port.
{
  host = true;
  message = "Port 3000 is given to ops.forge.port and services.slack-bridge.appservice.port";
  modules = [
    { services.slack-bridge.appservice.port = 3000; }
  ];
}
