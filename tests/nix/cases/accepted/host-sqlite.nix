# The bridge's database in a file, which the nightly copies include, and copies in another
# folder, which stands for one off the host. The stack test runs it.
{ lib }:
{
  host = true;
  modules = [
    {
      services.slack-bridge.database.type = "sqlite3-fk-wal";
      ops = {
        secrets.file = lib.mkForce ../offsite/secrets.yaml;
        backup = {
          keep = 3;
          offsite.repository = "/mnt/offsite/ops-jrz1";
        };
        forge.enable = lib.mkForce false;
        onboarding.enable = lib.mkForce false;
      };
    }
  ];
}
