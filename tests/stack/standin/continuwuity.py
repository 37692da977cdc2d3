#!/opt/synapse/bin/python
"""Stands in for continuwuity on the stack test's machine: reads its three TOML files
as it does, and runs Synapse with what they say. The appservice's registration and
the first administrator come from admin_execute, accounts need the registration
token. What it does not know it refuses. See bridge/internal/registration for the form
of the commands."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import sys
import time
import tomllib
import urllib.error
import urllib.request

CONFIG = 78  # EX_CONFIG

# Settings that mean something to Synapse, and those of continuwuity alone.
USED = {"server_name", "address", "port", "max_request_size", "allow_registration",
        "registration_token", "admin_execute", "admin_execute_errors_ignore", "database_path",
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
    """The administrator's name, or None, and the registration, or None."""
    admin = registration = None
    for command in config.get("admin_execute", []):
        if match := re.fullmatch(r"users create-user ([a-z0-9._=/+-]+)", command):
            admin = match[1]
        elif match := re.fullmatch(r"appservices register\n```\n(.+)\n```\n?", command, re.DOTALL):
            registration = match[1]
        else:
            refuse(f"admin command {command.splitlines()[0]!r}: unknown here")
    return admin, registration


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
        "enable_registration": config["allow_registration"],
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


def execute(config, written, admin):
    """What continuwuity does after its start: the admin commands, and the token."""
    base = f"http://127.0.0.1:{config['port'][0]}"
    for _ in range(600):
        try:
            ask(base, "GET", "/_matrix/client/versions")
            break
        except (Refused, OSError):
            time.sleep(0.1)
    shared = written["registration_shared_secret"]
    if admin:
        password = secrets.token_urlsafe(16)
        if create(base, shared, admin, True, password):
            print(f"Created user with user_id: @{admin}:{config['server_name']} and password: `{password}`", flush=True)
        elif not config.get("admin_execute_errors_ignore"):
            refuse("the administrator is there already")
    # Not by Synapse's API, which has tokens in addresses and so in its log.
    with contextlib.closing(sqlite3.connect(written["database"]["args"]["database"], timeout=60)) as database:
        with database:
            database.execute("DELETE FROM registration_tokens")
            if token := config.get("registration_token"):
                database.execute("INSERT INTO registration_tokens (token, pending, completed) VALUES (?, 0, 0)", (token,))
    print("continuwuity: startup commands done", flush=True)


def main():
    os.umask(0o077)
    state = os.environ["STATE_DIRECTORY"]
    config = settings()
    if config["database_path"].rstrip("/") != "/var/lib/continuwuity":
        refuse(f"database_path {config['database_path']}: unknown here")
    admin, registration = commands(config)
    written = synapse(config, registration, state)
    if os.fork() == 0:
        execute(config, written, admin)
        os._exit(0)
    os.chdir(state)
    os.execv(sys.executable, [sys.executable, "-m", "synapse.app.homeserver", "-c", os.path.join(state, "homeserver.yaml")])


main()
