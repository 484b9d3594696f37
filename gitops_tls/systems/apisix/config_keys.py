"""The keys that APISIX knows, by version: of ``apisix.ssl``, of its listeners, of ssl objects, of the chart's values."""

from __future__ import annotations

from ..versions import Version

SSL_KEYS_2 = frozenset(
    ("enable", "listen", "listen_port", "enable_http2", "ssl_trusted_certificate", "ssl_protocols", "ssl_ciphers",
     "ssl_session_tickets", "key_encrypt_salt", "fallback_sni")
)  # fmt: skip
"""``apisix.ssl`` of 2.x."""

SSL_KEYS_3 = SSL_KEYS_2 - {"listen_port", "enable_http2"}
"""``apisix.ssl`` of 3.0 to 3.8."""

SSL_KEYS = SSL_KEYS_3 - {"key_encrypt_salt"}
"""``apisix.ssl`` since 3.9."""

SSL_KEYS_INTERNAL = frozenset(("ssl_trusted_combined_path", "ssl_cert", "ssl_cert_key"))
"""Keys that no default file has and some version's code reads."""

LISTEN_KEYS_OLD = frozenset(("ip", "port", "enable_http2"))
"""An item of ``apisix.ssl.listen`` before 3.9."""

LISTEN_KEYS = frozenset(("ip", "port", "enable_http3"))
"""An item of ``apisix.ssl.listen`` since 3.9. ``enable_http2`` stops APISIX."""

CHART_SSL_KEYS = frozenset(
    ("enabled", "containerPort", "additionalContainerPorts", "existingCASecret", "certCAFilename", "http2", "enableHTTP3",
     "sslProtocols", "sslCiphers", "fallbackSNI")
)  # fmt: skip
"""``apisix.ssl`` of the chart's values since chart 2.0, with what only some charts read."""

CHART_TLS_KEYS = frozenset(
    ("enabled", "servicePort", "containerPort", "additionalContainerPorts", "existingCASecret", "certCAFilename", "http2", "sslProtocols", "sslCiphers", "fallbackSNI")
)  # fmt: skip
"""``gateway.tls`` of the chart's values up to chart 1.x."""

CHART_HTTP2 = Version(2, 8)
"""The first chart that reads ``apisix.enableHTTP2`` instead of ``apisix.ssl.http2.enabled``."""

SSL_OBJECT_KEYS = frozenset(
    ("id", "cert", "key", "certs", "keys", "sni", "snis", "client", "type", "ssl_protocols", "status", "labels", "desc", "create_time",
     "update_time", "validity_start", "validity_end", "exptime")
)  # fmt: skip
"""An ssl object, of all versions."""

CLIENT_KEYS = frozenset(("ca", "depth", "skip_mtls_uri_regex"))
"""``client`` of an ssl object."""

STANDALONE_RESOURCES = frozenset(
    ("routes", "services", "upstreams", "consumers", "consumer_groups", "ssls", "ssl", "global_rules", "plugin_configs", "plugin_metadata",
     "plugins", "stream_routes", "protos", "secrets", "credentials", "consumer_group", "plugin_config", "global_rule", "proto")
)  # fmt: skip
"""The top of an apisix.yaml."""

ADC_RESOURCES = frozenset(("services", "ssls", "consumers", "global_rules", "plugin_metadata", "routes", "stream_routes", "consumer_groups", "upstreams"))  # fmt: skip
"""The top of a file for ADC."""
