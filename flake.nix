# The way in for NixOS: packages, modules, the mission's host and its checks.
# What each output is made of is in nix/, modules/, hosts/ and deploy/.
{
  description = "A bridge between Slack and Matrix, and the NixOS modules that run it";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      sops-nix,
    }:
    let
      inherit (nixpkgs) lib;

      # The programs and hosts are for Linux; a checkout can be worked in on a Mac as well.
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forSystems =
        systems: f: lib.genAttrs systems (system: f (nixpkgs.legacyPackages.${system}.extend overlay));
      forEachSystem = forSystems linux;
      forEveryDesk = forSystems (linux ++ [ "aarch64-darwin" ]);

      overlay = import ./nix/overlay.nix;
    in
    {
      overlays.default = overlay;

      packages = forEachSystem (pkgs: {
        inherit (pkgs) slack-bridge slack-emulator;
        default = pkgs.slack-bridge;
      });

      nixosModules = {
        # The bridge alone, for any NixOS host.
        slack-bridge = {
          imports = [ ./modules/slack-bridge ];
          nixpkgs.overlays = [ overlay ];
        };
        # The bridge and the modules that compose a whole host around it.
        default = {
          imports = [
            sops-nix.nixosModules.sops
            ./modules
          ];
          nixpkgs.overlays = [ overlay ];
        };
      };

      nixosConfigurations.ops-jrz1 = lib.nixosSystem {
        modules = [
          self.nixosModules.default
          ./hosts/ops-jrz1
        ];
      };

      apps = forEachSystem (pkgs: import ./nix/apps.nix { inherit lib pkgs; });
      devShells = forEveryDesk (pkgs: {
        default = pkgs.callPackage ./nix/devshell.nix { };
      });
      formatter = forEveryDesk (pkgs: pkgs.nixfmt-tree);
      checks = forEachSystem (
        pkgs:
        import ./nix/checks {
          inherit
            lib
            pkgs
            nixpkgs
            sops-nix
            ;
          mission = self.nixosConfigurations.ops-jrz1;
          # The host of the tests, for the system on which the checks run.
          example = lib.nixosSystem {
            modules = [
              self.nixosModules.default
              ./tests/nix/example
              { nixpkgs.hostPlatform = lib.mkForce pkgs.stdenv.hostPlatform.system; }
            ];
          };
        }
      );
    };
}
