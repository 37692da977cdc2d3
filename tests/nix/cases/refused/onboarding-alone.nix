# People let into a homeserver that is not there.
{ lib }:
{
  host = true;
  message = "enable ops.homeserver and ops.secrets, or leave ops.onboarding off";
  modules = [
    {
      ops.homeserver.enable = lib.mkForce false;
      ops.bridge.enable = lib.mkForce false;
    }
  ];
}
