# What an owner may choose, each alone and every two together, on the host of the tests: a
# host comes of it, or lines that say why not and what to do.
{
  lib,
  # evaluate RELEASE MODULES: the view of a host.
  evaluate,
}:
let
  inherit (lib) mkForce;

  off = names: {
    ops = lib.genAttrs names (_: {
      enable = mkForce false;
    });
  };

  choices = {
    another-domain.ops = {
      homeserver.serverName = mkForce "example.net";
      forge.domain = mkForce "git.example.net";
      web.acmeEmail = mkForce "ann@example.net";
    };
    another-owner.ops.bridge.owner = "@ann:clarun.xyz";
    another-admin.ops.homeserver.admin = mkForce "ann";
    another-workspace.ops.bridge.workspace = mkForce "acme";
    host-elsewhere.ops.homeserver.host = "matrix.clarun.xyz";
    arm.nixpkgs.hostPlatform = mkForce "aarch64-linux";
    efi-grub.boot.loader.grub = {
      efiSupport = true;
      efiInstallAsRemovable = true;
      devices = mkForce [ "nodev" ];
    };
    efi-systemd-boot.boot.loader = {
      systemd-boot.enable = true;
      grub.enable = mkForce false;
    };
    encryption.services.slack-bridge.encryption.enable = true;
    sqlite.services.slack-bridge.database.type = "sqlite3-fk-wal";
    synapse = {
      ops = {
        homeserver.enable = mkForce false;
        onboarding.enable = mkForce false;
        bridge.enable = mkForce false;
      };
      services.slack-bridge = {
        enable = true;
        matrix.serverName = "clarun.xyz";
        slack = {
          owner = mkForce "@admin:clarun.xyz";
          botTokenFile = "/run/secrets/slack-bot-token";
          appTokenFile = "/run/secrets/slack-app-token";
        };
      };
    };
    nixos-2611 = { };
  }
  // lib.mapAttrs' (name: module: lib.nameValuePair "${name}-off" module) (
    lib.genAttrs [
      "backup"
      "base"
      "bridge"
      "database"
      "forge"
      "homeserver"
      "onboarding"
      "secrets"
      "web"
    ] (name: off [ name ])
  );

  names = lib.attrNames choices;
  result =
    chosen:
    let
      release = if lib.elem "nixos-2611" chosen then "26.11" else "26.05";
      view = evaluate release (map (name: choices.${name}) chosen);
      # The whole of it, so that no part is an error.
      tried = builtins.tryEval (builtins.deepSeq view view);
    in
    if !tried.success then
      [ "an error, and no line with a cure" ]
    else if tried.value ? refused then
      tried.value.refused
    else
      [ (if copied view then "a host" else "a host without ops-backup-bridge") ];

  # A deployment starts the unit on every host with a database in a file, whether it runs
  # every night or not.
  copied =
    view:
    lib.hasPrefix "sqlite" (view.services.slack-bridge.settings.database.type or "")
    -> view.systemd.services ? ops-backup-bridge;

  pairs = lib.concatMap (
    one:
    map (other: [
      one
      other
    ]) (lib.filter (other: other > one) names)
  ) names;
in
lib.listToAttrs (
  map (chosen: lib.nameValuePair (lib.concatStringsSep " + " chosen) (result chosen)) (
    map lib.singleton names ++ pairs
  )
)
