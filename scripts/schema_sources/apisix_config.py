# ruff: noqa: E501  (descriptions are prose)
"""config.yaml of Apache APISIX 2.15 to 3.18: the part that decides about TLS, closed where APISIX would ignore a key."""

from __future__ import annotations

from .common import Schema, document, ref

VERSIONS: dict[str, str] = {"": "3.18 and newer", "-3.9": "3.9 to 3.17", "-3.0": "3.0 to 3.8", "-2.15": "2.15"}
"""The versions of config.yaml that differ, by the end of the file name."""

PROTOCOL = r"(SSLv2|SSLv3|TLSv1|TLSv1\.1|TLSv1\.2|TLSv1\.3)"


def _or_variable(schema: Schema) -> Schema:
    """What a schema takes, or a text that an environment variable fills in: ``${{VAR}}``."""
    title = {key: schema.pop(key) for key in ("title", "description", "default", "examples") if key in schema}
    return {**title, "anyOf": [schema, ref("variable")]}


def _flag(title: str, description: str, default: bool | None = None) -> Schema:
    schema: Schema = {"title": title, "description": description, "type": "boolean"}
    return _or_variable({**schema, "default": default} if default is not None else schema)


def _text(title: str, description: str, **more: object) -> Schema:
    return _or_variable({"title": title, "description": description, "type": "string", **more})


def _listener(version: tuple[int, int]) -> Schema:
    http = "enable_http3" if version >= (3, 9) else "enable_http2"
    item: Schema = {
        "type": "object",
        "required": ["port"],
        "additionalProperties": False,
        "properties": {
            "ip": _text("Address", "Address to listen on; 0.0.0.0 where it is missing.", examples=["127.0.0.1"]),
            "port": _or_variable({"title": "Port", "description": "A number, not a text.", "type": "integer", "minimum": 1, "maximum": 65535, "examples": [9443]}),
            http: _flag("HTTP/3" if http == "enable_http3" else "HTTP/2", "For this port.", False),
        },
    }  # fmt: skip
    if version < (3, 0):
        port: Schema = {"title": "Port", "description": "A bare port number.", "type": "integer", "minimum": 1, "maximum": 65535}
        return {"anyOf": [port, item, ref("variable")]}
    return {"anyOf": [item, ref("variable")]}


def _ssl(version: tuple[int, int]) -> Schema:
    properties: dict[str, Schema] = {
        "enable": _flag("TLS", "Whether APISIX listens for TLS.", True),
        "listen": _or_variable({"title": "Listeners", "description": "The TLS ports; replaces the default 9443.", "type": "array", "items": _listener(version)}),
        "ssl_trusted_certificate": _text("Trusted CAs", "Whom APISIX trusts when it connects itself (etcd, Vault, OIDC): a path, or `system`. It never verifies clients; client.ca of an ssl object does.", examples=["/etc/ssl/certs/ca.pem"]),
        "ssl_protocols": _text("TLS versions", "One text with spaces, unlike in the Admin API.", pattern=rf"^ *{PROTOCOL}( +{PROTOCOL})* *$", default="TLSv1.2 TLSv1.3"),
        "ssl_ciphers": _text("Ciphers", "OpenSSL names with colons between them."),
        "ssl_session_tickets": _flag("Session tickets", "Off, because they weaken forward secrecy.", False),
        "fallback_sni": _text("Name without SNI", "The name whose certificate clients get that send none. It is not for names that match nothing.", pattern=r"^\*?[0-9A-Za-z._-]+$", examples=["api.example.com"]),
    }  # fmt: skip
    if version < (3, 9):
        salt: Schema = {"type": "string", "minLength": 16, "maxLength": 16}
        properties["key_encrypt_salt"] = {"title": "Salt of keys", "description": "Since 3.9: apisix.data_encryption.keyring.", "anyOf": [salt, {"type": "array", "minItems": 1, "items": salt}, ref("variable")]}  # fmt: skip
    else:
        properties["ssl_trusted_combined_path"] = _text("Combined CAs", "Where APISIX writes the CAs that it trusts.")
    if version < (3, 0):
        properties["listen_port"] = {
            "title": "Port",
            "description": "Better: listen.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
        }
        properties["enable_http2"] = _flag("HTTP/2", "For all TLS ports.", True)
    return {
        "title": "TLS for clients",
        "description": "Which ports, versions and ciphers. Certificates and mTLS belong to ssl objects. An empty block takes all defaults away, and APISIX does not start.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }  # fmt: skip


def _admin() -> Schema:
    return {
        "title": "Admin API",
        "description": "Who may change routes and certificates.",
        "type": "object",
        "properties": {
            "https_admin": _flag("HTTPS", "Needs admin_api_mtls.admin_ssl_cert and admin_ssl_cert_key.", False),
            "admin_api_mtls": {
                "title": "Files",
                "description": "Certificate and key of the Admin API; a CA turns mTLS on.",
                "type": "object",
                "properties": {
                    "admin_ssl_cert": _text("Certificate", "Path of the certificate."),
                    "admin_ssl_cert_key": _text("Key", "Path of its key."),
                    "admin_ssl_ca_cert": _text("CA", "Path of the CA that issues client certificates."),
                },
            },
        },
        "if": {"required": ["https_admin"], "properties": {"https_admin": {"const": True}}},
        "then": {
            "required": ["admin_api_mtls"],
            "properties": {
                "admin_api_mtls": {
                    "required": ["admin_ssl_cert", "admin_ssl_cert_key"],
                    "properties": {
                        "admin_ssl_cert": {"type": "string", "minLength": 1},
                        "admin_ssl_cert_key": {"type": "string", "minLength": 1},
                    },
                }
            },
        },
    }


def schema(suffix: str) -> Schema:
    """apisix-config*.schema.json."""
    version = tuple(map(int, suffix[1:].split("."))) if suffix else (3, 18)
    number = (version[0], version[1])
    key: Schema = {"type": "string", "pattern": "^(.{16}|.{32})$" if number >= (3, 18) else "^.{16}$"}
    apisix: Schema = {
        "title": "Gateway",
        "description": "Settings of the gateway; others than these are not judged.",
        "type": "object",
        "properties": {
            "ssl": ref("ssl"),
            "enable_http2": _flag("HTTP/2", "For all ports.", True),
            "data_encryption": {
                "title": "Encryption of stored keys",
                "description": "How private keys are stored in etcd.",
                "type": "object",
                "properties": {
                    "keyring": {"title": "Keys", "description": "The first one encrypts, all decrypt. The defaults are public.", "anyOf": [key, {"type": "array", "items": {"anyOf": [key, ref("variable")]}}, ref("variable")]},
                },
            },
        },
    }  # fmt: skip
    body: Schema = {
        "type": "object",
        "properties": {
            "apisix": apisix,
            "deployment": {"title": "Deployment", "description": "Role, etcd, Admin API.", "type": "object", "properties": {"admin": _admin()}},
            "ssl": {"title": "Not here", "description": "APISIX ignores ssl beside apisix: move it below.", "not": {}},
        },
    }  # fmt: skip
    if number < (3, 0):
        body["properties"].pop("deployment")
        apisix["properties"] |= _admin()["properties"]
        apisix |= {name: _admin()[name] for name in ("if", "then")}
    defs: dict[str, Schema] = {"ssl": _ssl(number), "variable": {"type": "string", "pattern": r"\$\{\{"}}
    return document(f"apisix-config{suffix}", "config.yaml of APISIX", f"The TLS part of config.yaml of APISIX {VERSIONS[suffix]}.", body, defs)  # fmt: skip
