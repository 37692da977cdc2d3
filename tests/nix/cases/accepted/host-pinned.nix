# As host-sftp, and no other key is taken than the one that is named. The stack test runs it, with
# the key of its own run.
{ lib }@arguments:
let
  sftp = import ./host-sftp.nix arguments;
in
{
  host = true;
  modules = sftp.modules ++ [
    { ops.backup.offsite.knownHosts = [ "[backup.example.org]:2222 ssh-ed25519 AAAA" ]; }
  ];
}
