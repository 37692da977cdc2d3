# Encryption with continuwuity, which needs MSC4190 and fetching by /sync.
{
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
          continuwuity = {
            enable = true;
            admin = "admin";
          };
          encryption = {
            enable = true;
            default = true;
          };
        };
      };
    }
  ];
}
