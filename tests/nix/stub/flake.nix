# A nixpkgs of a few lines, so that `nix flake check` can walk our outputs where the
# real one is not available. tests/nix/steps/flake.sh puts nixpkgs' lib next to it as
# ./lib and this folder's parent as ./nix.
{
  outputs =
    { self }:
    let
      realLib = import ./lib;
      stubs = import ./nix/lib/pkgs.nix;

      file =
        system: name: text:
        derivation {
          inherit name system text;
          builder = "/bin/sh";
        };

      pkgsFor =
        system:
        stubs {
          lib = realLib;
          inherit system;
          writeFile = file system;
          package = name: file system name "";
        };

      nixosSystem =
        { modules }:
        let
          system = "x86_64-linux";
          pkgs = pkgsFor system;
          evaluation = import ./nix/lib/evaluate.nix {
            lib = realLib;
            inherit pkgs;
          } (modules ++ [ { sops.package = pkgs.sops-install-secrets; } ]);
          view = import ./nix/lib/view.nix {
            lib = realLib;
            inherit (evaluation) config;
          };
        in
        evaluation
        // {
          config = evaluation.config // {
            system.build.toplevel =
              if view ? refused then
                throw (builtins.concatStringsSep "\n" view.refused)
              else
                file system "nixos-system" (builtins.toJSON view);
          };
        };
    in
    {
      lib = realLib // {
        inherit nixosSystem;
      };
      legacyPackages = realLib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ] pkgsFor;
    };
}
