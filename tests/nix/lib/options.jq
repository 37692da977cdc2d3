# Writes the recorded options as docs/reference/options.md.
def code: if contains("\n") then "\n\n```nix\n\(.)\n```" elif test("`") then . else "`\(.)`" end;
def one: "### `\(.name)`\n\n\(.description | rtrimstr("\n"))\n\n- type: \(.type)"
  + (if .default then "\n- default: \(.default | code)" else "" end)
  + (if .example then "\n- example: \(.example | code)" else "" end) + "\n";

"# NixOS options\n",
"<!-- Generated from modules/: make nix-check UPDATE=1, with NIXPKGS_LIB and SOPS_NIX set -->\n",
"`nixosModules.slack-bridge` has the options of the bridge, for any host.\n"
+ "`nixosModules.default` has the modules of a whole host beside them.\n",
"## The bridge\n",
(.[] | select(.name | startswith("services.slack-bridge.")) | one),
"## continuwuity's administrator\n",
(.[] | select(.name | startswith("services.continuwuity-admin.")) | one),
"## The host\n",
(.[] | select(.name | startswith("ops.")) | one)
