# The bridge on the homeserver's own port.
{
  message = "services.slack-bridge.appservice.port is also a port of continuwuity (8008)";
  modules = [
    {
      services = {
        matrix-continuwuity = {
          enable = true;
          settings.global = {
            server_name = "example.org";
            address = [ "127.0.0.1" ];
            port = [ 8008 ];
            unix_socket_path = null;
          };
        };
        slack-bridge = {
          enable = true;
          matrix.serverName = "example.org";
          bridge.permissions."@you:example.org" = "admin";
          appservice.port = 8008;
          continuwuity = {
            enable = true;
            admin = "admin";
          };
        };
      };
    }
  ];
}
