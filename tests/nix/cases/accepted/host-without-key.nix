# A fresh checkout, that does not say who may log in: it evaluates, with a warning,
# and cannot be switched to.
{ lib }:
{
  host = true;
  modules = [ { ops.base.authorizedKeys = lib.mkForce [ ]; } ];
}
