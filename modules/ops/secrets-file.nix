# What an encrypted file of sops shows: its keys, which are in clear, and which values are
# not encrypted. Keys in other keys are named as sops-nix names them, `outer/inner`. sops
# leaves an empty value as it is, and one whose key ends in `_unencrypted`: neither is a
# secret that others know. It reads the YAML that sops writes, in which every value is on
# the line of its key.
{ lib }:
text:
let
  # indent, dash of a list, key, value.
  keyOf = builtins.match "( *)(- )?[\"']?([A-Za-z0-9_./-]+)[\"']?:( +(.*))?";
  itemOf = builtins.match "( *)- (.*)";
  width = lib.stringLength;

  step =
    { parents, found }:
    line:
    let
      key = keyOf line;
      item = itemOf line;
      indent = width (lib.head key) + (if lib.elemAt key 1 == null then 0 else 2);
      outer = lib.filter (parent: parent.indent < indent) parents;
      path = map (parent: parent.name) outer ++ [ (lib.elemAt key 2) ];
      value = if lib.elemAt key 4 == null then "" else lib.elemAt key 4;
    in
    if builtins.match " *(#.*)?" line != null then
      { inherit parents found; }
    else if key != null then
      {
        parents = outer ++ [
          {
            inherit indent;
            name = lib.elemAt key 2;
          }
        ];
        found = found ++ [ { inherit path value; } ];
      }
    else if item != null && parents != [ ] then
      {
        inherit parents;
        found = found ++ [
          {
            path = map (parent: parent.name) parents;
            value = lib.elemAt item 1;
          }
        ];
      }
    else
      {
        inherit parents;
        found = found ++ [
          {
            path = map (parent: parent.name) parents ++ [ "?" ];
            value = line;
          }
        ];
      };

  # What sops keeps about the file itself is one of the keys.
  entries =
    lib.filter (entry: lib.head entry.path != "sops")
      (lib.foldl' step {
        parents = [ ];
        found = [ ];
      } (lib.splitString "\n" text)).found;

  name = entry: lib.concatStringsSep "/" entry.path;
  isPlain =
    entry:
    !lib.hasPrefix "ENC[" entry.value
    && !lib.elem entry.value [
      ""
      "\"\""
      "''"
      "null"
      "{}"
      "[]"
    ]
    && !lib.any (lib.hasSuffix "_unencrypted") entry.path;
in
{
  values = lib.listToAttrs (map (entry: lib.nameValuePair (name entry) entry.value) entries);
  plain = lib.unique (map name (lib.filter isPlain entries));
}
