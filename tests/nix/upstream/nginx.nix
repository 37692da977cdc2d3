# services.nginx of NixOS, and the certificates that it asks for.
# Read from: nixos/modules/services/web-servers/nginx/{default,vhost-options,location-options}.nix
{ config, lib, ... }:
let
  inherit (lib) types;
  cfg = config.services.nginx;
  bool = lib.mkOption {
    type = types.bool;
    default = false;
  };
  lines = lib.mkOption {
    type = types.lines;
    default = "";
  };
  text = lib.mkOption {
    type = types.nullOr types.str;
    default = null;
  };

  location.options = {
    proxyPass = text;
    proxyWebsockets = bool;
    return = lib.mkOption {
      type = types.nullOr (types.either types.str types.int);
      default = null;
    };
    extraConfig = lines;
    priority = lib.mkOption {
      type = types.int;
      default = 1000;
    };
  };

  virtualHost.options = {
    serverName = text;
    serverAliases = lib.mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    default = bool;
    enableACME = bool;
    addSSL = bool;
    onlySSL = bool;
    forceSSL = bool;
    rejectSSL = bool;
    extraConfig = lines;
    locations = lib.mkOption {
      type = types.attrsOf (types.submodule location);
      default = { };
    };
  };
in
{
  options.services.nginx = {
    enable = bool;
    recommendedProxySettings = bool;
    recommendedTlsSettings = bool;
    recommendedOptimisation = bool;
    recommendedGzipSettings = bool;
    clientMaxBodySize = lib.mkOption {
      type = types.str;
      default = "10m";
    };
    virtualHosts = lib.mkOption {
      type = types.attrsOf (types.submodule virtualHost);
      default = { };
    };
  };

  config = lib.mkIf cfg.enable {
    security.acme.certs = lib.mapAttrs' (
      name: host:
      lib.nameValuePair (if host.serverName == null then name else host.serverName) {
        group = lib.mkDefault "nginx";
        webroot = "/var/lib/acme/acme-challenge";
        extraDomainNames = host.serverAliases;
        reloadServices = [ "nginx.service" ];
      }
    ) (lib.filterAttrs (_: host: host.enableACME) cfg.virtualHosts);
    assertions = map (host: {
      assertion =
        lib.count lib.id [
          host.addSSL
          host.onlySSL
          host.forceSSL
          host.rejectSSL
        ] <= 1;
      message = "Options services.nginx.service.virtualHosts.<name>.addSSL, onlySSL, forceSSL and rejectSSL are mutually exclusive.";
    }) (lib.attrValues cfg.virtualHosts);
  };
}
