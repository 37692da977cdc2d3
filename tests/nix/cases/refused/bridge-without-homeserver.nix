# The host's bridge without the host's homeserver.
{ lib }:
{
  host = true;
  message = "enable ops.homeserver; or set ops.bridge.enable = false";
  modules = [
    {
      ops.homeserver.enable = lib.mkForce false;
      ops.onboarding.enable = lib.mkForce false;
    }
  ];
}
