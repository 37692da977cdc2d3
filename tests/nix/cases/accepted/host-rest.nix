# The copies go to a REST server, which wants a user and a password. The stack test runs it.
{ lib }@arguments:
let
  sqlite = import ./host-sqlite.nix arguments;
in
{
  host = true;
  modules = sqlite.modules ++ [
    {
      ops.backup.offsite = {
        repository = lib.mkForce "rest:https://backup.example.org:8000/ops-jrz1/";
        environment = true;
      };
    }
  ];
}
