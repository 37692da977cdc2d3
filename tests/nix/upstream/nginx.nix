# services.nginx of NixOS.
{ lib, ... }:
let
  inherit (lib) types;
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
}
