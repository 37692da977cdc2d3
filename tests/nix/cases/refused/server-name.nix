# A bridge with another server name.
{ lib }:
{
  host = true;
  message = "they must be the same";
  modules = [
    { services.slack-bridge.matrix.serverName = lib.mkForce "example.org"; }
  ];
}
