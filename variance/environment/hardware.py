"""The machine: processor, memory, graphics card. Nothing heavy is imported for it."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

import psutil

from variance.environment.outside import output, text_of

_NUMERIC = re.compile(
    r"pni|ssse3|sse\d?(_\d)?|sse4a|avx\w*|fma4?|f16c|amx\w*|"  # x86
    r"asimd\w*|sve\w*|sme(\d\w*|_\w+)?|neon|bf16|i8mm|fphp|vfpv?\d?\w*"  # ARM
)
"""The instructions that floating-point libraries choose their code by."""
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_NVIDIA = Path("/proc/driver/nvidia")


def processor() -> dict[str, str]:
    """Return the processor's name, instructions and caches, as far as the system tells them."""
    found = {"machine": platform.machine(), "cpu": _name(), "cpu features": _features()}
    found["cpu caches"] = _caches()
    return {name: value for name, value in found.items() if value}


def cores() -> dict[str, str]:
    """Return how many cores there are, and how many this process may use."""
    found = {"cores": str(os.cpu_count())}
    physical = psutil.cpu_count(logical=False)
    if physical:
        found["cores physical"] = str(physical)
    if hasattr(os, "sched_getaffinity"):
        found["cores usable"] = str(len(os.sched_getaffinity(0)))
    quota, _, period = text_of("/sys/fs/cgroup/cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        found["cores quota"] = f"{int(quota) / int(period):g}"
    return found


def memory() -> dict[str, str]:
    """Return the size of the memory, and the limit of the container."""
    found = {"memory": _gibibytes(psutil.virtual_memory().total)}
    limit = text_of("/sys/fs/cgroup/memory.max")
    if limit.isdigit():
        found["memory limit"] = _gibibytes(int(limit))
    return found


def confinement() -> dict[str, str]:
    """Return signs of a container and of a virtual machine."""
    return {"container": _container(), "virtual machine": _virtual()}


def graphics() -> dict[str, str]:
    """Return the NVIDIA cards and their driver; ``none found`` where there is no driver."""
    release = re.search(r"(\d+\.\d+(\.\d+)?)", text_of(_NVIDIA / "version"))
    models = [
        match[1].strip()
        for folder in sorted(_NVIDIA.glob("gpus/*"))
        if (match := re.search(r"Model:(.*)", text_of(folder / "information")))
    ]
    if not models:
        models, release = _asked_of_the_driver()
    if not models:
        return {"gpu": "none found"}
    counted = [f"{models.count(m)} x {m}" for m in dict.fromkeys(models)]
    return {"gpu": ", ".join(counted), **({"gpu driver": release[0]} if release else {})}


def _asked_of_the_driver() -> tuple[list[str], re.Match[str] | None]:
    query = ("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
    rows = (output(*query, patience=1.0) or "").splitlines()
    split = [row.rpartition(",") for row in rows if "," in row]
    return [name.strip() for name, _, _ in split], re.search(
        r"[\d.]+", split[0][2] if split else ""
    )


def _name() -> str:
    if sys.platform == "darwin":
        return output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    told = _cpuinfo()
    model = told.get("model name", platform.processor() or platform.machine())
    if {"cpu family", "model"} <= told.keys():  # virtual machines often hide the name
        model += f" (family {told['cpu family']}, model {told['model']})"
    return model


def _features() -> str:
    if sys.platform == "darwin":
        names = "machdep.cpu.features", "machdep.cpu.leaf7_features"
        flags = " ".join(output("sysctl", "-n", name) or "" for name in names)
    else:
        told = _cpuinfo()
        flags = told.get("flags", "") or told.get("Features", "")
    words = {word.replace(".", "_") for word in flags.lower().split()}
    return " ".join(sorted(word for word in words if _NUMERIC.fullmatch(word)))


def _cpuinfo() -> dict[str, str]:
    """Return what is said of the last processor: they are alike but on a few ARM boards."""
    lines = text_of("/proc/cpuinfo").splitlines()
    return {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}


def _caches() -> str:
    if sys.platform == "darwin":
        names = {"L1d": "hw.l1dcachesize", "L2": "hw.l2cachesize", "L3": "hw.l3cachesize"}
        sizes = {label: output("sysctl", "-n", name) for label, name in names.items()}
        return ", ".join(f"{k} {int(v) // 1024}K" for k, v in sizes.items() if v and v.isdigit())
    found = []
    for folder in sorted(_CACHES.glob("index*")):
        level, kind, size = (text_of(folder / name) for name in ("level", "type", "size"))
        letter = {"Data": "d", "Instruction": "i"}.get(kind, "")
        if level and size:
            found.append(f"L{level}{letter} {size}")
    return ", ".join(found)


def _container() -> str:
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    signs = {
        "/.dockerenv": "Docker",
        "/run/.containerenv": "Podman",
        "/.singularity.d": "Apptainer",
    }
    return next((name for path, name in signs.items() if Path(path).exists()), "none found")


def _virtual() -> str:
    product = text_of("/sys/class/dmi/id/product_name")
    if "hypervisor" in _cpuinfo().get("flags", "").split():
        return f"yes ({product})" if product else "yes"
    return "none found"


def _gibibytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
