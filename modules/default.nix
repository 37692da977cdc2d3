# Everything: the bridge and the modules that compose a host around it. Each is off
# until it is enabled.
{
  imports = [
    ./slack-bridge
    ./ops
  ];
}
