"""Which facts about a sweep can change what: one rule a fact, with its reason.

The order is that of likelihood: where two trainings of a seed do not agree, what stands first
explains it best.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Effect: TypeAlias = Literal["results", "bits", "speed", "nothing"]
"""What a difference can change.

``results``: what is trained, so that scores may be other ones on average. ``bits``: how it is
computed; a seed may give another model, though of the same kind. ``speed``: how long it takes.
"""


@dataclass(frozen=True)
class Rule:
    """What follows if a fact differs.

    Attributes
    ----------
    may_change : {"results", "bits", "speed", "nothing"}
        For the built-in experiments.
    reason : str
        Why; a clause.
    own_code : {"results", "bits", "speed", "nothing"}, optional
        The same for code of the user's own, where that is not known to be as careful.
    own_reason : str
        Why, for that.
    """

    may_change: Effect
    reason: str
    own_code: Effect | None = None
    own_reason: str = ""


BUILT_IN = frozenset({"mnist", "mnist-classic", "digits", "moons", "diabetes"})
"""Experiments that are known to compute with the threads they are told, on no GPU."""

_TUNED = "kernels are chosen for the processor, and another order of additions rounds otherwise"
_KERNELS = "another version may compute with other kernels, and round otherwise"
_OWN_CORES = "code of your own may take its number of threads from the cores, which changes sums"
_OWN_GPU = "code of your own may train on it, and a GPU rounds otherwise than a processor"
_CORES = "a run computes with a fixed number of threads, however many cores there are"
_NO_GPU = "GPUs are hidden from the built-in experiments"

RULES: Mapping[str, Rule] = {
    # What is trained.
    "experiment": Rule("results", "another experiment trains another model"),
    "data": Rule("results", "other examples give another model, and other scores"),
    "test examples": Rule("results", "scores on other examples are other scores"),
    "code": Rule("results", "another source may train another model"),
    "setting": Rule("results", "a hyper-parameter belongs to what is trained"),
    "vary": Rule("results", "what is held at one seed no longer adds to the spread"),
    "held": Rule("results", "another stream of a held source gives other runs"),
    "fingerprint": Rule("results", "the experiment itself says that this must agree"),
    # How it is computed, as asked for.
    "precision": Rule("bits", "numbers of another length round otherwise"),
    "onednn": Rule("bits", "TensorFlow's two sets of kernels add in another order"),
    "threads": Rule("bits", "sums are shared out among threads, and so add up in another order"),
    "trained in": Rule("bits", "worker processes are told their threads and kernels, others not"),
    # Where it is computed.
    "machine": Rule("bits", "another architecture has other instructions and other builds"),
    "operating system": Rule("bits", "packages are built anew for each, with other compilers"),
    "tensorflow": Rule("bits", _KERNELS),
    "tensorflow-cpu": Rule("bits", _KERNELS),
    "tensorflow-metal": Rule("bits", _KERNELS),
    "cpu features": Rule("bits", "libraries choose their kernels by the instructions there are"),
    "gpu": Rule("nothing", _NO_GPU, "bits", _OWN_GPU),
    "gpu driver": Rule("nothing", _NO_GPU, "bits", _OWN_GPU),
    "numpy": Rule("bits", _KERNELS),
    "scipy": Rule("bits", _KERNELS),
    "scikit-learn": Rule("bits", _KERNELS),
    "keras": Rule("bits", _KERNELS),
    "package": Rule("bits", "the experiment imports it, and another version may compute otherwise"),
    "blas numpy": Rule("bits", _TUNED),
    "blas scipy": Rule("bits", _TUNED),
    "blas threads": Rule("bits", "sums are shared out among threads"),
    "openmp scikit-learn": Rule("bits", "it shares out the work among threads"),
    "cpu": Rule("bits", _TUNED),
    "variable": Rule("bits", "libraries read it when they start"),
    "PYTHONHASHSEED": Rule("bits", "the order of sets follows it, and code may follow that order"),
    "LD_PRELOAD": Rule("bits", "it puts other libraries in the place of the usual ones"),
    "cpu caches": Rule("bits", "matrix products are cut into blocks that fit, and added by block"),
    "libc": Rule("bits", "exp, log and the like come from it"),
    "ml-dtypes": Rule("bits", "it rounds to bfloat16"),
    "pandas": Rule("bits", "it may read and add up data otherwise"),
    "python": Rule("bits", "its own generators, sums and order of things may change"),
    "python build": Rule("bits", "another compiler may round otherwise in Python's own functions"),
    "variance": Rule("results", "it turns seeds into streams, and predictions into scores"),
    "imports": Rule("bits", "code that is not beside the experiment is known by its version only"),
    "git experiment": Rule("results", "code beyond the experiment's own files may have changed"),
    "git": Rule("results", "code beyond the experiment's own files may have changed"),
    "seeds": Rule("results", "the mean is over other runs; a seed that both have is the same run"),
    # What changes time alone.
    "cores": Rule("speed", _CORES, "bits", _OWN_CORES),
    "cores physical": Rule("speed", _CORES, "bits", _OWN_CORES),
    "cores usable": Rule("speed", _CORES, "bits", _OWN_CORES),
    "cores quota": Rule("speed", _CORES, "bits", _OWN_CORES),
    "memory": Rule("speed", "it limits how many runs are trained at once"),
    "memory limit": Rule("speed", "it limits how many runs are trained at once"),
    "virtual machine": Rule("speed", "what it shows of the processor is compared by itself"),
    "container": Rule("speed", "the libraries in it are compared by themselves"),
    # What changes nothing.
    "system": Rule("nothing", "the kernel computes no floating-point numbers"),
    "distribution": Rule("nothing", "what computes is compared by itself"),
    "joblib": Rule("nothing", "it starts workers and computes nothing"),
    "threadpoolctl": Rule("nothing", "it counts threads and computes nothing"),
    "log level": Rule("nothing", "it changes what TensorFlow says, not what it computes"),
    "foreign variable": Rule("nothing", "it belongs to another program, or is set by a package"),
    "command": Rule("nothing", "what it asks for is compared by itself"),
    "started": Rule("nothing", "when it was trained does not matter"),
}
RANKS: Mapping[str, int] = {name: rank for rank, name in enumerate(RULES)}

OPTIONAL = frozenset(
    {"cores quota", "memory limit", "gpu driver", "blas threads", "git experiment"}
)
"""Facts that many machines do not have."""

_FIRST_PACKAGES = frozenset(
    {"variance", "numpy", "scipy", "scikit-learn", "tensorflow", "keras", "joblib"}
)
_LATER_PACKAGES = frozenset(
    {"pandas", "tensorflow-cpu", "tensorflow-metal", "ml-dtypes", "threadpoolctl"}
)
_FIRST_VARIABLES = (
    "TF_", "XLA_", "OMP_", "MKL_", "OPENBLAS_", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED",
)  # fmt: skip
"""What the first record looked for already; it had no fact called ``record``."""

_ASKED = frozenset({"precision", "onednn", "threads", "package", "variable", "imports"})
"""Rules that stand for what a configuration holds, or for many facts."""


def effect_of(key: str, *, own: bool) -> tuple[Effect, str]:
    """Return what a difference in a fact can change, and why.

    Parameters
    ----------
    key : str
        The name of the rule.
    own : bool
        Whether the experiment is code of the user's own.
    """
    rule = RULES[key]
    if own and rule.own_code is not None:
        return rule.own_code, rule.own_reason
    return rule.may_change, rule.reason


def required(*, own: bool) -> list[str]:
    """Return the facts of the environment without which it is not known whether bits agree."""
    optional = _ASKED | OPTIONAL | _FIRST_PACKAGES | _LATER_PACKAGES
    return [
        key
        for key in RULES
        if effect_of(key, own=own)[0] == "bits" and key not in optional and not key.isupper()
    ]


_FOREIGN = ("TF_CLI_", "TF_VAR_", "TF_LOG", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")
"""Variables that earlier records hold by mistake: Terraform's, and what scikit-learn sets."""


def key_of(fact: str) -> str:
    """Return the name of the rule for a fact of the environment."""
    if fact.startswith("TF_CPP_"):
        return "log level"
    if fact.startswith(_FOREIGN):
        return "foreign variable"
    if fact.startswith(("CUDA_", "CUBLAS_", "CUDNN_", "NVIDIA_", "TF_GPU_", "TF_CUDNN_")):
        return "gpu"
    if fact in RULES:
        return fact
    return "variable" if is_variable(fact) else "package"


def is_variable(fact: str) -> bool:
    """Tell whether a fact is an environment variable."""
    return bool(re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|PYTHONHASHSEED", fact))


def told(facts: Mapping[str, str], name: str) -> str | None:
    """Return what a record says of a fact; None where it did not look for it.

    Parameters
    ----------
    facts : mapping of str to str
        Of one session.
    name : str
        The fact.
    """
    if name == "operating system":
        return facts["system"].split()[0] if facts.get("system") else None
    if name in facts:
        return facts[name]
    modern = "record" in facts and "not recorded" not in facts
    if is_variable(name):
        return "unset" if modern or name.startswith(_FIRST_VARIABLES) else None
    if name in _FIRST_PACKAGES or (name in _LATER_PACKAGES and modern):
        return "not installed"
    if key_of(name) == "package":
        return "not imported" if modern and "imports" in facts else None
    return "none" if name in OPTIONAL and modern else None
