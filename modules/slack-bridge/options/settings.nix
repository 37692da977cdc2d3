# Everything else that the bridge's configuration knows. The typed options are
# defaults in here, so that one place shows what the bridge is told.
{ lib, pkgs, ... }:
{
  options.services.slack-bridge.settings = lib.mkOption {
    inherit (pkgs.formats.json { }) type;
    default = { };
    example.network.conversation_count = 20;
    description = ''
      The bridge's configuration; `slack-bridge config example` lists every key. The
      program checks it when the host is built: an unknown key, a wrong type or a
      template that does not render fails the build. It is world-readable: keys that
      are secret are refused here and have an option of their own that ends in `File`.
    '';
  };
}
