# The modules that documents show, each evaluated together with the bridge's module, as
# it would be in a host.
{
  nixpkgsLib ? builtins.getEnv "NIXPKGS_LIB",
  # A folder of them, one a file.
  folder,
}:
let
  lib = import "${nixpkgsLib}/lib";
  pkgs = import ./lib/pkgs.nix { inherit lib; };
  evaluate = import ./lib/evaluate.nix { inherit lib pkgs; };

  # What a document takes as said already, unless it says it itself, and what it sets
  # of NixOS that our modules do not.
  around = {
    options.services.matrix-synapse.settings = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      default = { };
    };
    config.services.slack-bridge = {
      enable = true;
      matrix.serverName = lib.mkDefault "your.server";
      slack = {
        owner = lib.mkDefault "@admin:your.server";
        botTokenFile = lib.mkDefault "/run/secrets/slack-bot-token";
        appTokenFile = lib.mkDefault "/run/secrets/slack-app-token";
      };
    };
  };

  # A homeserver on the host, for those that join with it.
  homeserver =
    { config, ... }:
    {
      config = lib.mkIf config.services.slack-bridge.continuwuity.enable {
        services.matrix-continuwuity = {
          enable = true;
          settings.global = {
            server_name = "your.server";
            address = [ "127.0.0.1" ];
            port = [ 8008 ];
            unix_socket_path = null;
          };
        };
      };
    };
in
lib.mapAttrs (
  file: _:
  let
    inherit
      (evaluate [
        ../../modules/slack-bridge
        around
        homeserver
        (/. + "${folder}/${file}")
      ])
      config
      ;
  in
  {
    refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
    inherit (config.services.slack-bridge) settings;
    synapse = config.services.matrix-synapse.settings;
    credentials = config.systemd.services.matrix-synapse.serviceConfig.LoadCredential or [ ];
  }
) (builtins.readDir folder)
