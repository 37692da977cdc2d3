# A log that would show the tokens.
{ lib }:
{
  host = true;
  message = "at that level the commands that register the bridge are logged";
  modules = [
    {
      services.matrix-continuwuity.settings.global.log = lib.mkForce (
        lib.concatStringsSep "," (
          [ "conduwuit=debug" ] ++ import ../../../../modules/slack-bridge/continuwuity-log.nix
        )
      );
    }
  ];
}
