# The unit files of one recorded case. It needs no nixpkgs: the record holds data.
{ golden }:
import ./units.nix (builtins.fromJSON (builtins.readFile golden)).systemd.services
