# Replaces nixpkgs where it is not available. Writers keep what they are given,
# or a search for secrets in the result would be blind; packages are names without
# content, and one that is not listed here is an error.
#
# writeFile turns a name and a text into something that a string can contain: a
# file in the store for evaluation, a derivation where a derivation is asked for.
# package makes a stand-in for a real package.
{
  lib,
  writeFile ? builtins.toFile,
  package ? name: "/nix/store/${lib.strings.replicate 32 "e"}-${name}",
  system ? "x86_64-linux",
}:
let
  stub =
    name:
    let
      outPath = package name;
    in
    {
      type = "derivation";
      inherit name outPath;
      __toString = _: "${outPath}";
      meta.mainProgram = name;
    }
    // lib.optionalAttrs (builtins.isAttrs outPath) { inherit (outPath) drvPath; };

  packages = lib.genAttrs [
    "age"
    "bash"
    "coreutils"
    "curl"
    "diffutils"
    "findutils"
    "gawk"
    "gcc"
    "git"
    "gnugrep"
    "gnumake"
    "gnupg"
    "gnused"
    "gnutar"
    "forgejo-lts"
    "go_1_26"
    "jq"
    "nix"
    "nixfmt"
    "nixfmt-tree"
    "nodejs"
    "openssh"
    "postgresql_15"
    "postgresql_16"
    "postgresql_17"
    "python3"
    "restic"
    "rsync"
    "shellcheck"
    "slack-bridge"
    "slack-emulator"
    "sops"
    "sops-install-secrets"
    "ssh-to-age"
    "systemd"
    "util-linux"
    "zstd"
  ] stub;

  # A file made of a text. `path` is where in it the text lies, as in nixpkgs.
  written =
    name: path: text:
    let
      outPath = writeFile name text;
    in
    {
      type = "derivation";
      inherit name outPath text;
      __toString = _: "${outPath}${path}";
      meta.mainProgram = name;
    }
    // lib.optionalAttrs (builtins.isAttrs outPath) { inherit (outPath) drvPath; };

  # As nixpkgs' writeShellApplication puts a script together.
  application =
    {
      name,
      text,
      runtimeInputs ? [ ],
    }:
    written name "" ''
      #!${packages.bash}/bin/bash
      set -o errexit
      set -o nounset
      set -o pipefail

      export PATH="${lib.makeBinPath runtimeInputs}:$PATH"

      ${text}
    '';

  # As nixpkgs' formats.json.
  jsonValue =
    lib.types.nullOr (
      lib.types.oneOf [
        lib.types.bool
        lib.types.int
        lib.types.float
        lib.types.str
        lib.types.path
        (lib.types.attrsOf jsonValue)
        (lib.types.listOf jsonValue)
      ]
    )
    // {
      description = "JSON value";
    };

  callPackageWith =
    set: file: arguments:
    let
      function = if builtins.isFunction file then file else import file;
      result = function (builtins.intersectAttrs (builtins.functionArgs function) set // arguments);
    in
    if builtins.isAttrs result then
      result // { override = more: callPackageWith set file (arguments // more); }
    else
      result;

  self = packages // {
    inherit lib;
    runtimeShell = "${packages.bash}/bin/bash";
    # It has a RocksDB of its own, newer than the one that others use.
    matrix-continuwuity = stub "matrix-continuwuity" // {
      version = "26.7.3";
      rocksdb = stub "rocksdb-of-continuwuity" // {
        tools = stub "rocksdb-of-continuwuity-tools";
      };
    };
    rocksdb = stub "rocksdb" // {
      tools = stub "rocksdb-tools";
    };

    writeText = name: written name "";
    writeTextFile =
      {
        name,
        text,
        destination ? "",
        ...
      }:
      written name destination text;
    writeShellApplication = application;
    writeShellScriptBin =
      name: text:
      written name "" ''
        #!${self.runtimeShell}
        ${text}
      '';
    formats.json = _: { type = jsonValue; };

    # Builders say what they were given, so that the whole expression is evaluated.
    buildGo126Module = arguments: written arguments.pname "" (builtins.toJSON arguments);
    mkShell = arguments: written "shell" "" (builtins.toJSON arguments);

    # The machines of a test are evaluated like any host.
    testers.runNixOSTest =
      {
        name,
        nodes,
        testScript,
      }:
      let
        machine =
          node:
          import ./view.nix {
            inherit lib;
            inherit
              (import ./evaluate.nix
                {
                  inherit lib;
                  pkgs = self;
                }
                [
                  node
                  {
                    sops.package = packages.sops-install-secrets;
                    system.stateVersion = "26.05";
                  }
                ]
              )
              config
              ;
          };
        machines = lib.mapAttrs (_: machine) nodes;
        refused = lib.concatMap (view: view.refused or [ ]) (lib.attrValues machines);
      in
      if refused == [ ] then
        written name "" (builtins.toJSON { inherit machines testScript; })
      else
        throw (lib.concatStringsSep "\n" refused);

    callPackage = callPackageWith self;
    extend =
      overlay:
      lib.fix (
        final:
        let
          before = self // {
            callPackage = callPackageWith final;
          };
        in
        before // overlay final before
      );

    stdenv = {
      buildPlatform.system = system;
      hostPlatform.system = system;
    };
  };
in
self
