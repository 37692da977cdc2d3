# continuwuity, reachable on this host only; nginx shows the world what it may see.
{ config, lib, ... }:
let
  cfg = config.ops.homeserver;
in
{
  options.ops.homeserver = {
    enable = lib.mkEnableOption "the Matrix homeserver continuwuity";

    serverName = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+";
      example = "example.org";
      description = "The server name: what stands behind the colon in everybody's id. It can never be changed.";
    };

    admin = lib.mkOption {
      type = lib.types.strMatching "[a-z0-9._=/+-]+";
      default = "admin";
      description = "The localpart of the administrator, who is made at the first start.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 8008;
      description = "The port on 127.0.0.1 on which the homeserver listens.";
    };

    maxUploadBytes = lib.mkOption {
      type = lib.types.ints.positive;
      default = 50 * 1000 * 1000;
      description = "The largest request, and so the largest upload, in bytes.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.matrix-continuwuity = {
      enable = true;
      settings.global = {
        server_name = cfg.serverName;
        address = [ "127.0.0.1" ];
        port = [ cfg.port ];
        # An option without a default in some versions of the module.
        unix_socket_path = null;
        max_request_size = cfg.maxUploadBytes;
        allow_federation = true;
        allow_announcements_check = false;
        # Anything finer would log the commands that hold the bridge's tokens.
        log = "info";
        new_user_displayname_suffix = "";
      };
    };
  };
}
