# Where the homeserver is and what its users are called.
{ lib, ... }:
{
  options.services.slack-bridge.matrix = {
    homeserverUrl = lib.mkOption {
      type = lib.types.strMatching "https?://[^/ ]+(/[^ ]*)?";
      default = "http://127.0.0.1:8008";
      example = "http://10.0.0.2:8008";
      description = "The address at which the bridge reaches the homeserver: a URL with an IP address or a public name in it.";
    };

    serverName = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+(:[0-9]+)?";
      example = "example.org";
      description = "The homeserver's server name: what stands behind the colon in its users' ids.";
    };
  };
}
