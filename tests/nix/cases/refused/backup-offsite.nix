# Copies off the host without the secrets.
{ lib }:
{
  host = true;
  message = "ops.backup.offsite needs `restic-password` from the secrets";
  modules = [
    {
      ops = {
        bridge.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
        secrets.enable = lib.mkForce false;
        backup = {
          enable = true;
          offsite.repository = "/mnt/elsewhere";
        };
      };
    }
  ];
}
