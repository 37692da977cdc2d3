# The ids are at another name than the server: a website of the owner's is at theirs.
{ lib }:
{
  host = true;
  modules = [
    {
      ops = {
        homeserver.host = "matrix.clarun.xyz";
        backup.enable = lib.mkForce false;
        forge.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
      };
    }
  ];
}
