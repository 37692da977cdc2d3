# The bridge's database in a file, which the nightly copies include.
{ lib }:
{
  host = true;
  modules = [
    {
      services.slack-bridge.database.type = "sqlite3-fk-wal";
      ops = {
        backup.keep = 3;
        forge.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
      };
    }
  ];
}
