# The host's bridge without its secrets.
{ lib }:
{
  host = true;
  message = "ops.bridge takes Slack's tokens from the secrets";
  modules = [
    {
      ops.secrets.enable = lib.mkForce false;
      ops.onboarding.enable = lib.mkForce false;
    }
  ];
}
