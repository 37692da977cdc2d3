# The modules that documents show, each evaluated together with the bridge's module, as
# it would be in a host; one that sets anything of `ops` with all modules.
{
  nixpkgsLib ? builtins.getEnv "NIXPKGS_LIB",
  sopsNix ? builtins.getEnv "SOPS_NIX",
  # A folder of them, one a file.
  folder,
}:
let
  lib = import "${nixpkgsLib}/lib";
  pkgs = import ./lib/pkgs.nix { inherit lib; };
  evaluate = import ./lib/evaluate.nix { inherit lib pkgs; };
  evaluateHost = import ./lib/evaluate.nix {
    inherit lib pkgs;
    sops = "${sopsNix}/modules/sops";
  };

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
  # The host of the tests, with the secrets that a document has said before.
  host = [
    ../../modules
    ./example
    { ops.secrets.file = lib.mkForce ./cases/offsite/secrets.yaml; }
  ];
in
lib.mapAttrs (
  file: _:
  let
    block = /. + "${folder}/${file}";
    ofHost = lib.any (lib.hasPrefix "ops.") (lib.splitString "\n" (builtins.readFile block));
    inherit
      (
        if ofHost then
          evaluateHost (host ++ [ block ])
        else
          evaluate [
            ../../modules/slack-bridge
            around
            homeserver
            block
          ]
      )
      config
      ;
  in
  {
    refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
    settings = if ofHost then null else config.services.slack-bridge.settings;
    synapse = if ofHost then { } else config.services.matrix-synapse.settings;
    credentials = config.systemd.services.matrix-synapse.serviceConfig.LoadCredential or [ ];
  }
) (builtins.readDir folder)
