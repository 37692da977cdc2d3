# Every evaluation of the tests, by name. tests/nix/check asks for them.
{
  nixpkgsLib ? builtins.getEnv "NIXPKGS_LIB",
  sopsNix ? builtins.getEnv "SOPS_NIX",
  # Another secrets file for the host, to search the evaluation for its content.
  secretsFile ? "",
  # A word to plant where secrets must not be.
  marker ? "",
}:
let
  lib = import "${nixpkgsLib}/lib";
  pkgs = import ./lib/pkgs.nix { inherit lib; };
  sops = "${sopsNix}/modules/sops";

  evaluateModule = import ./lib/evaluate.nix { inherit lib pkgs; };
  evaluateHost = import ./lib/evaluate.nix { inherit lib pkgs sops; };
  view =
    evaluation:
    import ./lib/view.nix {
      inherit lib;
      inherit (evaluation) config;
    };

  # A case is an attribute set, or a function of lib that makes one.
  readCase =
    file:
    let
      case = import file;
    in
    if builtins.isFunction case then case { inherit lib; } else case;
  casesIn =
    folder:
    lib.mapAttrs' (
      file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (readCase (folder + "/${file}"))
    ) (builtins.readDir folder);

  bridge = ../../modules/slack-bridge;
  host = [
    ../../modules
    ./example
  ]
  ++ lib.optional (secretsFile != "") { ops.secrets.file = lib.mkForce (/. + secretsFile); };

  evaluate =
    case:
    if case.host or false then
      evaluateHost (host ++ case.modules)
    else
      evaluateModule ([ bridge ] ++ case.modules);
  evaluated = lib.mapAttrs (_: evaluate) (casesIn ./cases/accepted);
in
rec {
  # Accepted: what is recorded.
  accepted = lib.mapAttrs (_: view) evaluated;

  # The mission's own host, as it is in the repository or as its owner has edited it.
  mission = view (evaluateHost [
    ../../modules
    ../../hosts/ops-jrz1
  ]);

  # Choices of an owner, alone and in pairs.
  table = import ./table.nix {
    inherit lib;
    evaluate =
      release: modules:
      view (
        import ./lib/evaluate.nix {
          inherit
            lib
            pkgs
            sops
            release
            ;
        } (host ++ modules)
      );
  };

  # The host with NixOS' own modules in the place of stubs.
  real = import ./real.nix {
    inherit
      lib
      pkgs
      sops
      host
      ;
    modules = /. + builtins.getEnv "NIXOS_MODULES";
  };

  # Refused: each violates one assertion, and exactly that one answers.
  refused = lib.mapAttrs (_: case: {
    expected = case.message;
    actual = (view (evaluate case)).refused or [ ];
  }) (casesIn ./cases/refused);

  # Broken: these do not evaluate. One at a time, by name.
  broken = lib.mapAttrs (_: case: {
    inherit (case) message;
    result = view (evaluate case);
  }) (casesIn ./cases/broken);

  # Hosts with a secret in a place where everybody can read it: the search for
  # secrets has to find each, or it is blind.
  planted = lib.mapAttrs (_: module: view (evaluateHost (host ++ [ module ]))) {
    setting.services.slack-bridge.settings.network.team_name_template = marker;
    environment.systemd.services.slack-bridge.environment.PLANTED = marker;
    script.environment.systemPackages = [
      (pkgs.writeShellApplication {
        name = "planted";
        text = "echo ${marker}";
      })
    ];
  };

  # Every option of ours, for docs/reference/options.md.
  options =
    let
      ours =
        option:
        lib.any (prefix: lib.hasPrefix prefix option.name) [
          "services.slack-bridge."
          "services.continuwuity-admin."
          "ops."
        ];
      text = value: value.text or null;
    in
    map
      (option: {
        inherit (option) name description type;
        default = text (option.default or { });
        example = text (option.example or { });
      })
      (
        lib.filter (option: ours option && !option.internal) (
          lib.optionAttrSetToDocList (evaluateHost [ ../../modules ]).options
        )
      );
}
