"""What is wrong with a query string, whatever its parameters mean: judged once, for all APIs.

A parameter that is not known, that is empty, or that is given twice where it has but one value, is
refused by name: each would look as if it had filtered, and answer other rows than were asked for.
"""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict

from config.errors import Fault


def query_string_faults(
    parameters: QueryDict,
    *,
    known: Collection[str],
    may_repeat: Collection[str] = (),
    may_be_empty: Collection[str] = (),
) -> list[Fault]:
    """The faults, at most one a parameter."""
    faults = []
    for name in sorted(parameters):
        values = parameters.getlist(name)
        if name not in known:
            faults.append(Fault(f"?{name}", "unknown", "There is no such parameter."))
        elif name not in may_be_empty and not all(value.strip() for value in values):
            detail = "It is empty. Give a value, or leave the parameter out."
            faults.append(Fault(f"?{name}", "blank", detail))
        elif len(values) > 1 and name not in may_repeat:
            faults.append(Fault(f"?{name}", "repeated", "Give it once."))
    return faults
