# The copies go off the host over SSH, and the first connection learns the other host's key. The
# stack test runs it.
{ lib }@arguments:
let
  sqlite = import ./host-sqlite.nix arguments;
in
{
  host = true;
  modules = sqlite.modules ++ [
    { ops.backup.offsite.repository = lib.mkForce "sftp://copies@backup.example.org:2222/ops-jrz1"; }
  ];
}
