# An administrator named like a ghost.
{ lib }:
{
  host = true;
  message = "the registration would take the account";
  modules = [
    { ops.homeserver.admin = lib.mkForce "slack_admin"; }
  ];
}
