# A secrets file that is not encrypted.
{ lib }:
{
  host = true;
  message = "plain.yaml: not encrypted: acme-email, matrix-registration-token, slack-app-token, slack-bot-token. Treat";
  modules = [
    { ops.secrets.file = lib.mkOverride 40 ../plain.yaml; }
  ];
}
