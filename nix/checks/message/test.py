# Runs in NixOS' test driver, which provides `machine` and `subtest`.
import json
import shlex
import urllib.parse

SERVER = "example.test"
SLACK = "http://127.0.0.1:9000/emulator/v1"


def curl(method, url, token="", body=None):
    """Asks once and returns the answer; fails on an HTTP error."""
    command = ["curl", "-sS", "--fail-with-body", "-X", method, url]
    if url.startswith("https:"):
        # The certificate is the one that NixOS makes until a real one is there.
        command.append("-k")
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return shlex.join(command)


def ask(method, url, token="", body=None):
    return json.loads(machine.succeed(curl(method, url, token, body)))


def matrix(path):
    return f"https://{SERVER}/_matrix/client/v3/{path}"


machine.wait_for_unit("multi-user.target")

with subtest("units are up"):
    for unit in ["postgresql.target", "continuwuity", "nginx", "slack-emulator", "slack-bridge"]:
        machine.wait_for_unit(unit if "." in unit else f"{unit}.service")
    machine.wait_until_succeeds(curl("GET", f"https://{SERVER}/_matrix/client/versions"), timeout=60)

with subtest("nothing of the bridge and of the administration is public"):
    for path in ["_continuwuity/admin", "_matrix/app/v1/ping", "_matrix/provision/v3/whoami", "_matrix/mau/live", "debug"]:
        status = machine.succeed(f"curl -sk -o /dev/null -w '%{{http_code}}' https://{SERVER}/{path}")
        assert status == "404", f"{path} answers {status}"

with subtest("the administrator was made first and can log in"):
    machine.wait_for_unit("continuwuity-admin.service")
    password = machine.succeed("continuwuity-admin password").strip()
    assert password not in machine.succeed("journalctl -o cat")
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "admin"},
        "password": password,
    }
    token = ask("POST", matrix("login"), body=login)["access_token"]

with subtest("a channel of Slack's is a room"):
    alias = urllib.parse.quote(f"#slack_general:{SERVER}", safe="")
    joined = machine.wait_until_succeeds(curl("POST", matrix(f"join/{alias}"), token, {}), timeout=120)
    room = urllib.parse.quote(json.loads(joined)["room_id"], safe="")

with subtest("a message from Slack arrives"):
    ask("POST", f"{SLACK}/messages/post", body={"user": "bob", "channel": "general", "text": "Hello from Slack"})
    messages = curl("GET", matrix(f"rooms/{room}/messages?dir=b&limit=50"), token)
    machine.wait_until_succeeds(f"{messages} | grep -F 'Hello from Slack'", timeout=60)

with subtest("a message from Matrix arrives"):
    content = {"msgtype": "m.text", "body": "Hello from Matrix"}
    ask("PUT", matrix(f"rooms/{room}/send/m.room.message/one"), token, content)
    machine.wait_until_succeeds(
        f"{curl('GET', f'{SLACK}/channels/general/messages')} | grep -F 'Hello from Matrix'", timeout=60
    )

with subtest("a restart of the registration changes nothing"):
    files = "/var/lib/slack-bridge/registration.yaml /var/lib/slack-bridge/slack-bridge-registration.toml"
    before = machine.succeed(f"sha256sum {files}")
    machine.succeed("rm /var/lib/slack-bridge/config.yaml", "systemctl restart slack-bridge-registration")
    machine.wait_for_unit("slack-bridge.service")
    assert machine.succeed(f"sha256sum {files}") == before
