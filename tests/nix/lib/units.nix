# Writes services as the unit files that systemd reads, by the rules of NixOS:
# lists become repeated lines, environment variables are quoted.
services:
let
  upper =
    name:
    {
      after = "After";
      before = "Before";
      wants = "Wants";
      requires = "Requires";
      bindsTo = "BindsTo";
      partOf = "PartOf";
      wantedBy = "WantedBy";
      requiredBy = "RequiredBy";
    }
    .${name};

  value =
    v:
    if v == true then
      "true"
    else if v == false then
      "false"
    else
      toString v;
  line = key: v: "${key}=${value v}\n";
  lines =
    settings:
    builtins.concatStringsSep "" (
      builtins.concatMap (
        key:
        let
          v = settings.${key};
        in
        if builtins.isList v then map (line key) v else [ (line key v) ]
      ) (builtins.attrNames settings)
    );
  section = name: settings: "[${name}]\n${lines settings}\n";

  # Those of the named lists of units that a service has.
  relations =
    service: names:
    builtins.listToAttrs (
      map (name: {
        name = upper name;
        value = toString service.${name};
      }) (builtins.filter (name: service ? ${name}) names)
    );
  optional =
    service: name: key:
    if service ? ${name} then { ${key} = service.${name}; } else { };

  text =
    service:
    section "Unit" (
      relations service [
        "after"
        "before"
        "wants"
        "requires"
        "bindsTo"
        "partOf"
      ]
      // optional service "description" "Description"
      // optional service "startLimitBurst" "StartLimitBurst"
      // optional service "startLimitIntervalSec" "StartLimitIntervalSec"
      // service.unitConfig or { }
    )
    + section "Service" (
      (
        if service ? environment then
          {
            Environment = map (name: builtins.toJSON "${name}=${service.environment.${name}}") (
              builtins.attrNames service.environment
            );
          }
        else
          { }
      )
      // service.serviceConfig or { }
    )
    + section "Install" (
      relations service [
        "wantedBy"
        "requiredBy"
      ]
    );
in
builtins.listToAttrs (
  map (name: {
    name = "${name}.service";
    value = text services.${name};
  }) (builtins.attrNames services)
)
