"""Completion in IPython behind attributes that are computed.

Where Jedi is off, IPython evaluates what stands before a dot only if it trusts the types on the
way: it refuses properties, and any attribute of a class that has `__getattr__`. So nothing would
complete behind `module.f.` and `program.record.`.
"""

from __future__ import annotations

import sys


def complete_behind(*types: type) -> None:
    """Lets the IPython that runs here, if one does, evaluate attributes of these types as it
    completes. They must be cheap and have no effects.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    overrides = getattr(getattr(shell, "Completer", None), "policy_overrides", None)
    if shell is None or overrides is None:
        return
    from IPython.core.guarded_eval import EVALUATION_POLICIES

    policy = EVALUATION_POLICIES[shell.Completer.evaluation]
    known = overrides.get("allowed_getattr", getattr(policy, "allowed_getattr", set()))
    shell.Completer.policy_overrides = {**overrides, "allowed_getattr": {*known, *types}}
