# Copies of nothing.
{ lib }:
{
  host = true;
  message = "ops.backup has nothing to copy";
  modules = [
    {
      ops = {
        bridge.enable = lib.mkForce false;
        database.enable = lib.mkForce false;
        forge.enable = lib.mkForce false;
        homeserver.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
      };
    }
  ];
}
