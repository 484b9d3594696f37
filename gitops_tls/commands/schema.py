"""``gitops-tls schema``: the JSON Schemas."""

from __future__ import annotations

from .. import schema_files
from ..errors import UsageError
from ..options import Values
from ._output import write


def run(values: Values) -> int:
    """Print the schema that is named, or the names of all."""
    name = values.get("name")
    names = schema_files.names()
    if not isinstance(name, str):
        write("".join(f"{one}\n" for one in names))
        return 0
    if name not in names:
        from difflib import get_close_matches

        close = get_close_matches(name, names, 1, 0.4)
        raise UsageError(
            f"no schema is called `{name}`", f"did you mean `{close[0]}`?" if close else "`gitops-tls schema` lists them"
        )
    text = schema_files.text(name)
    write(text if text.endswith("\n") else text + "\n")
    return 0
