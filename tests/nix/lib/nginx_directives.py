"""Prints what an nginx.conf says, a directive a line with the blocks around it, sorted, so
that two files can be compared whatever their order and their spaces. Files of the store that
it includes are read; where programs and lists lie, and how nginx itself is run, is left out.

  nginx_directives.py FILE STORE"""

import re
import sys

# How nginx is run and where its parts lie is the package's and the test machine's to say.
# Stapling is on in some releases and off in others.
ELSEWHERE = {"user", "ssl_stapling", "ssl_stapling_verify", "ssl_trusted_certificate", "daemon", "pid", "error_log", "access_log", "default_type", "types_hash_max_size", "charset"}


def tokens(text):
    return re.findall(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|[{};]|[^\s{};'\"]+", re.sub(r"(?m)^\s*#.*$|\s#.*$", "", text))


def directives(words, store):
    """Nested lists: a directive and, for a block, what is in it."""
    found, line = [], []
    for word in words:
        if word == ";":
            if line[:1] == ["include"] and line[1].startswith("/nix/store/") and line[1].endswith("proxy-headers.conf"):
                with open(store + line[1]) as file:
                    found += directives(iter(tokens(file.read())), store)
            elif line[:1] != ["include"]:
                found.append((line, None))
            line = []
        elif word == "{":
            found.append((line, directives(words, store)))
            line = []
        elif word == "}":
            return found
        else:
            line.append(word)
    return found


def listed(parts, prefix=""):
    for line, inner in parts:
        if line[0] in ELSEWHERE:
            continue
        if line[0] == "listen":
            line = line[:2] + sorted(line[2:])
        if line[0] == "gzip_types":
            line = line[:1] + sorted(line[1:])
        name = " ".join(line)
        if inner is None:
            yield f"{prefix}{name};"
            continue
        if line == ["server"]:
            names = [" ".join(part) for part, _ in inner if part[0] == "server_name"]
            ports = sorted({part[1].rsplit(":", 1)[1] for part, _ in inner if part[0] == "listen"})
            name += f" {names[0]} {'+'.join(ports)}"
        yield from listed(inner, f"{prefix}{name} > ")


path, store = sys.argv[1:]
with open(path) as file:
    print("\n".join(sorted(set(listed(directives(iter(tokens(file.read())), store))))))
