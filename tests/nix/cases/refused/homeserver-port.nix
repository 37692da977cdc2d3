# A bridge that looks for the homeserver elsewhere.
{ lib }:
{
  host = true;
  message = "but continuwuity listens on port 8009";
  modules = [
    {
      services.slack-bridge.matrix.homeserverUrl = "http://127.0.0.1:8008";
      services.matrix-continuwuity.settings.global.port = lib.mkForce [ 8009 ];
    }
  ];
}
