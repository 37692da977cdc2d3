# continuwuity, reachable on this host only; nginx shows the world what it may see.
{ config, lib, ... }:
let
  cfg = config.ops.homeserver;
  inherit (config.ops) secrets;

  # The administrator's password may be given: by a key of this name in the secrets.
  password = "matrix-admin-password";
  given = secrets.enable && lib.elem password secrets.names;
in
{
  options.ops.homeserver = {
    enable = lib.mkEnableOption "the Matrix homeserver continuwuity";

    serverName = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+";
      example = "example.org";
      description = "The server name: the part of everybody's id after the colon. It can never be changed.";
    };

    host = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9.-]+";
      default = cfg.serverName;
      defaultText = lib.literalMD "the server name";
      example = "matrix.example.org";
      description = ''
        The name under which this host is reached, where that is not the server name: with
        `serverName = "example.org"` and a website of your own at `example.org`. That website
        then has to serve the two files by which clients and other servers find this host;
        docs/runbook.md shows them.
      '';
    };

    admin = lib.mkOption {
      type = lib.types.strMatching "[a-z0-9._=/+-]+";
      default = "admin";
      description = "The localpart of the administrator, who is created at the first start. `continuwuity-admin password`, as root, shows the password: that of the secret `matrix-admin-password` if there is one, else one that is made.";
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
        new_user_displayname_suffix = "";
      }
      // lib.optionalAttrs (cfg.host != cfg.serverName) {
        well_known = {
          client = "https://${cfg.host}";
          server = "${cfg.host}:443";
        };
      };
    };

    services.continuwuity-admin = {
      enable = true;
      name = cfg.admin;
      inherit (cfg) serverName;
      passwordFile = lib.mkIf given config.sops.secrets.${password}.path;
    };
    sops.secrets = lib.mkIf given {
      ${password}.restartUnits = [
        "continuwuity-admin-password.service"
        "continuwuity-admin.service"
      ];
    };
  };
}
