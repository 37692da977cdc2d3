# A host into which nobody could log in.
{ lib }:
{
  host = true;
  message = "ops.base.authorizedKeys is empty";
  modules = [
    { ops.base.authorizedKeys = lib.mkOverride 40 [ ]; }
  ];
}
