"""Makes the helper modules of this folder importable: ``certs_pki``, ``certs_variants``, ``certs_limbo_cases`` and others."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

for _name in (
    "pki",
    "variants",
    "limbo_cases",
    "limbo_bent",
    "limbo_more",
    "limbo_parsing",
    "limbo_policies",
    "limbo_odd",
    "limbo_names",
    "der_certificates",
    "der_chains",
):
    if f"certs_{_name}" not in sys.modules:
        _spec = importlib.util.spec_from_file_location(f"certs_{_name}", Path(__file__).with_name(f"{_name}.py"))
        assert _spec is not None
        assert _spec.loader is not None
        _module = importlib.util.module_from_spec(_spec)
        sys.modules[f"certs_{_name}"] = _module
        _spec.loader.exec_module(_module)
