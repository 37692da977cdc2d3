#!/opt/synapse/bin/python
"""Replaces continuwuity on the stack test's machine: reads its three TOML files
as it does, and runs Synapse with what they say. The appservice's registration and
the first administrator come from admin_execute, accounts need the registration
token. What it does not know it refuses. See bridge/internal/registration for the form
of the commands.

Read from continuwuity 26.8.0-alpha.1: src/admin/user/commands.rs, src/service/admin/{execute,console}.rs,
src/service/firstrun/mod.rs, src/service/registration_tokens/mod.rs, src/api/client/account/mod.rs,
src/core/config/mod.rs and src/router/run.rs."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import sys
import time
import tomllib
import urllib.error
import urllib.request

CONFIG = 78  # EX_CONFIG

# Settings that mean something to Synapse, and those of continuwuity alone.
USED = {"server_name", "address", "port", "max_request_size", "allow_registration",
        "registration_token_file", "admin_execute", "admin_execute_errors_ignore", "database_path",
        "unix_socket_path"}
IGNORED = {"admins_list", "admin_signal_execute", "allow_announcements_check", "allow_encryption",
           "allow_federation", "database_backup_path", "database_backups_to_keep", "log",
           "new_user_displayname_suffix", "trusted_servers", "unix_socket_perms"}


def refuse(message):
    print(f"continuwuity: {message}", file=sys.stderr, flush=True)
    sys.exit(CONFIG)


def settings():
    """The files in the order in which continuwuity reads them: later ones win, key by key."""
    merged = {}
    for variable in ("CONDUIT_CONFIG", "CONDUWUIT_CONFIG", "CONTINUWUITY_CONFIG"):
        path = os.environ.get(variable)
        if not path:
            continue
        with open(path, "rb") as file:
            content = tomllib.load(file)
        if set(content) - {"global"}:
            refuse(f"{path}: sections {sorted(content)}: unknown here")
        merged |= content.get("global", {})
        print(f"continuwuity: {variable}: {sorted(content.get('global', {}))}", flush=True)
    if unknown := set(merged) - USED - IGNORED:
        refuse(f"settings {sorted(unknown)}: unknown here")
    if merged.get("unix_socket_path") is not None:
        refuse("a unix socket: unknown here")
    return merged


def commands(config):
    """What is to be done with accounts, in order, and the registration, or None."""
    accounts, registration = [], None
    for command in config.get("admin_execute", []):
        if match := re.fullmatch(r"users (create-user|make-user-admin|reset-password) ([a-z0-9._=/+-]+)(?: ([0-9a-zA-Z]+))?", command):
            accounts.append(match.groups())
        elif match := re.fullmatch(r"appservices register\n```\n(.+)\n```\n?", command, re.DOTALL):
            registration = match[1]
        else:
            refuse(f"admin command {command.splitlines()[0]!r}: unknown here")
    return accounts, registration


def show(markdown, color=40):
    """As the server shows what a command says: Markdown for a terminal of 80 columns, where
    code has a colour instead of its marks."""
    line, width = "", 0
    for word in markdown.split(" "):
        plain = word.replace("`", "")
        if width and width + 1 + len(plain) > 80:
            print(line, flush=True)
            line, width = "", 0
        shown = re.sub(r"`([^`]*)`", f"\x1b[38;5;{color}m\x1b[48;5;234m\\1\x1b[0m", word)
        line, width = (f"{line} {shown}", width + 1 + len(plain)) if width else (shown, len(plain))
    print(line, flush=True)


def tokens(config):
    """The tokens with which people make themselves accounts: one a line of a file."""
    path = config.get("registration_token_file")
    if path is None:
        if config.get("allow_registration"):
            refuse("allow_registration without a registration token")
        return []
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError as error:
        refuse(f"Failed to read registration token file: {error}")


def ready():
    """The server says it before it listens and before it has run a command."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect("\0" + address[1:] if address.startswith("@") else address)
            notify.sendall(b"READY=1")


def lasting(state, name):
    """A secret that is made once."""
    path = os.path.join(state, name)
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(secrets.token_hex(32))
    with open(path) as file:
        return file.read()


def synapse(config, registration, state):
    """homeserver.yaml; JSON is YAML."""
    # continuwuity keeps registrations in its database: an old one stays until there
    # is a new one.
    path = os.path.join(state, "registration.yaml")
    if registration:
        with open(path, "w") as file:
            file.write(registration)
    files = [path] if os.path.exists(path) else []
    unlimited = {"per_second": 100000, "burst_count": 100000}
    written = {
        "server_name": config["server_name"],
        "public_baseurl": f"https://{config['server_name']}/",
        "report_stats": False,
        "listeners": [{
            "port": port, "bind_addresses": config["address"], "type": "http", "x_forwarded": True,
            "resources": [{"names": ["client", "federation"]}],
        } for port in config["port"]],
        "database": {"name": "sqlite3", "args": {"database": os.path.join(state, "homeserver.db")}},
        "media_store_path": os.path.join(state, "media"),
        "max_upload_size": config["max_request_size"],
        "signing_key_path": os.path.join(state, "signing.key"),
        "pid_file": os.path.join(state, "pid"),
        "log_config": os.path.join(state, "log.yaml"),
        "registration_shared_secret": lasting(state, "shared-secret"),
        "macaroon_secret_key": lasting(state, "macaroon-key"),
        "form_secret": lasting(state, "form-secret"),
        # Where it is off Synapse does not say whether a name is available, as continuwuity
        # always does. Without a token no account can be made either way.
        "enable_registration": True,
        "registration_requires_token": True,
        "app_service_config_files": files,
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "rc_message": unlimited, "rc_registration": unlimited, "rc_registration_token_validity": unlimited,
        "rc_login": {"address": unlimited, "account": unlimited, "failed_attempts": unlimited},
        "rc_joins": {"local": unlimited, "remote": unlimited}, "rc_joins_per_room": unlimited,
        "rc_invites": {"per_room": unlimited, "per_user": unlimited, "per_issuer": unlimited},
        "rc_room_creation": unlimited,
    }
    logging = {
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "INFO", "handlers": ["console"]},
        # At INFO it writes registration tokens into the log.
        "loggers": {"synapse.handlers.auth": {"level": "WARNING"}},
    }
    if not os.path.exists(written["signing_key_path"]):
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        with open(written["signing_key_path"], "w") as file:
            file.write(f"ed25519 a_test {seed}\n")
    for name, content in (("homeserver.yaml", written), ("log.yaml", logging)):
        with open(os.path.join(state, name), "w") as file:
            json.dump(content, file)
    return written


class Refused(Exception):
    pass


def ask(base, method, path, token=None, body=None):
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {}))
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(error.read().decode()) from None


def create(base, shared, user, admin, password):
    """Makes an account by Synapse's shared secret; True if it is new."""
    nonce = ask(base, "GET", "/_synapse/admin/v1/register")["nonce"]
    mac = hmac.new(shared.encode(), "\0".join([nonce, user, password, "admin" if admin else "notadmin"]).encode(), hashlib.sha1)
    try:
        ask(base, "POST", "/_synapse/admin/v1/register", body={
            "nonce": nonce, "username": user, "password": password, "admin": admin, "mac": mac.hexdigest(), "inhibit_login": True})
    except Refused as error:
        if "M_USER_IN_USE" in str(error):
            return False
        raise
    return True


def account(base, config, written, command, name, password):
    """Carries out a command on an account; says what it says, and whether it succeeded."""
    shared, user = written["registration_shared_secret"], f"@{name}:{config['server_name']}"
    root = create_root(base, shared)
    if command == "create-user":
        password = password or secrets.token_urlsafe(18)[:25]
        # Only the first account of a server is made an administrator by itself.
        first = not local_users(written)
        if not create(base, shared, name, first, password):
            return show("Username is not available.", 196) or False
        return show(f"Created user {user} with password `{password}`") or True
    there = account_of(base, root, user)
    if there is None:
        return show("The provided user does not exist.", 196) or False
    if command == "make-user-admin":
        if there["admin"]:
            return show("User is already joined in the admin room", 196) or False
        ask(base, "PUT", f"/_synapse/admin/v1/users/{user}/admin", root, {"admin": True})
        return show(f"{user} has been granted admin privileges.") or True
    password = password or secrets.token_urlsafe(18)[:25]
    ask(base, "POST", f"/_synapse/admin/v1/reset_password/{user}", root, {"new_password": password, "logout_devices": False})
    return show(f"Successfully reset the password for user {user}: `{password}`") or True


# The account by which this stand-in asks Synapse; continuwuity has one of its own too.
ROOT = "conduit"


def create_root(base, shared):
    """An access token of that account."""
    password = hmac.new(shared.encode(), b"root", hashlib.sha256).hexdigest()
    create(base, shared, ROOT, True, password)
    return ask(base, "POST", "/_matrix/client/v3/login", body={
        "type": "m.login.password", "identifier": {"type": "m.id.user", "user": ROOT}, "password": password, "device_id": ROOT})["access_token"]


def account_of(base, root, user):
    try:
        return ask(base, "GET", f"/_synapse/admin/v2/users/{user}", root)
    except Refused as error:
        if "M_NOT_FOUND" in str(error):
            return None
        raise


def local_users(written):
    with contextlib.closing(sqlite3.connect(written["database"]["args"]["database"], timeout=60)) as database:
        return [name for (name,) in database.execute("SELECT name FROM users") if not name.startswith(f"@{ROOT}:")]


def execute(config, written, accounts):
    """What continuwuity does after its start: the admin commands, and the tokens."""
    base = f"http://127.0.0.1:{config['port'][0]}"
    for _ in range(600):
        try:
            ask(base, "GET", "/_matrix/client/versions")
            break
        except (Refused, OSError):
            time.sleep(0.1)
    time.sleep(0.5)
    for command in accounts:
        if not account(base, config, written, *command) and not config.get("admin_execute_errors_ignore"):
            os.kill(os.getppid(), signal.SIGTERM)
            refuse(f"{command[0]} failed")
    # Not by Synapse's API, which has tokens in addresses and so in its log.
    with contextlib.closing(sqlite3.connect(written["database"]["args"]["database"], timeout=60)) as database:
        with database:
            database.execute("DELETE FROM registration_tokens")
            for token in tokens(config) if config.get("allow_registration") else []:
                database.execute("INSERT INTO registration_tokens (token, pending, completed) VALUES (?, 0, 0)", (token,))
    print("continuwuity: startup commands done", flush=True)


def main():
    os.umask(0o077)
    state = os.environ["STATE_DIRECTORY"]
    config = settings()
    if config["database_path"].rstrip("/") != "/var/lib/continuwuity":
        refuse(f"database_path {config['database_path']}: unknown here")
    accounts, registration = commands(config)
    tokens(config)
    written = synapse(config, registration, state)
    if os.fork() == 0:
        execute(config, written, accounts)
        os._exit(0)
    ready()
    os.chdir(state)
    os.execv(sys.executable, [sys.executable, "-m", "synapse.app.homeserver", "-c", os.path.join(state, "homeserver.yaml")])


main()
