# A secret in a key of a key that is not encrypted. Empty values are no secrets.
{ lib }:
{
  host = true;
  message = "nested.yaml: not encrypted: outer/inner, outer/list. Treat";
  modules = [
    { ops.secrets.file = lib.mkOverride 40 ../nested.yaml; }
  ];
}
