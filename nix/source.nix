# The Go sources and nothing else: what the packages are built from and what
# their vendor hash is made of. The reference pages and the list of secret keys are among
# them, because tests hold them against the code; the page of the NixOS options is not, and a word changed
# elsewhere in the docs rebuilds nothing. Only builtins are used, because lib.fileset does
# not evaluate on older Nix, and because tests/nix/check takes the same filter
# without nixpkgs: one filter means that the hash cannot drift from the package.
let
  root = toString ./..;

  # Everything the Go module consists of, relative to the repository.
  kept =
    relative:
    builtins.elem relative [
      "go.mod"
      "go.sum"
      "bridge"
      "docs"
      "docs/reference"
      "modules"
      "modules/slack-bridge"
      "modules/slack-bridge/secret-keys.json"
    ]
    || builtins.match "bridge/.*" relative != null
    ||
      builtins.match "docs/reference/[^/]*[.]md" relative != null
      && relative != "docs/reference/options.md";

  # What tools leave behind in a work tree.
  junk =
    name:
    builtins.match "[.].*" name != null
    || builtins.elem name [
      "node_modules"
      "result"
    ];

  relativeTo =
    path: builtins.substring (builtins.stringLength root + 1) (builtins.stringLength path) path;
in
builtins.path {
  name = "ops-jrz1-go";
  path = ./..;
  filter = path: _type: kept (relativeTo (toString path)) && !junk (baseNameOf path);
}
