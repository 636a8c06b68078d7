"""The programs: Python, packages, linear algebra, system, variables. None is imported for it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from variance._version import __version__
from variance.environment.masking import is_secret, masked
from variance.environment.outside import text_of

PACKAGES = (
    "variance",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-metal",
    "keras",
    "ml-dtypes",
    "joblib",
    "threadpoolctl",
)
"""Packages whose versions are recorded where they are installed."""

_DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "skimage": "scikit-image",
    "pytorch_lightning": "pytorch-lightning",
}
"""What is installed by another name than it is imported by."""

VARIABLES = (
    "TF_ENABLE_", "TF_DISABLE_", "TF_CPP_", "TF_CUDNN_", "TF_DETERMINISTIC_OPS", "TF_FORCE_",
    "TF_GPU_", "TF_NUM_", "TF_ONEDNN_", "TF_USE_", "TF_XLA_", "TF_AUTO_MIXED_PRECISION",
    "TF_OVERRIDE_GLOBAL_THREADPOOL", "XLA_", "KERAS_BACKEND", "ONEDNN_", "DNNL_",
    "JAX_ENABLE_X64", "JAX_PLATFORM", "JAX_DEFAULT_", "TORCH_ALLOW_TF32", "PYTORCH_",
    "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "VECLIB_", "NUMEXPR_",
    "NUMBA_", "NPY_", "CUDA_VISIBLE_DEVICES", "CUBLAS_WORKSPACE_CONFIG", "CUDNN_",
    "NVIDIA_TF32_OVERRIDE", "SCIPY_ARRAY_API", "PYTHONHASHSEED", "LD_PRELOAD",
)  # fmt: skip
"""Beginnings of the environment variables that may change results, and are recorded.

Not all of ``TF_``: Terraform keeps settings and secrets of its own under it.
"""


_SET_BY_PACKAGES = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})
"""Variables that scikit-learn sets when it is imported, if they are not: they tell that alone."""


def python() -> dict[str, str]:
    """Return Python's version and how it was built."""
    return {
        "python": platform.python_version(),
        "python build": f"{platform.python_implementation()}, {platform.python_compiler()}",
    }


def system() -> dict[str, str]:
    """Return kernel, distribution and C library."""
    found = {"system": f"{platform.system()} {platform.release()}"}
    try:
        found["distribution"] = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        if platform.mac_ver()[0]:
            found["distribution"] = f"macOS {platform.mac_ver()[0]}"
    libc = " ".join(platform.libc_ver()).strip()
    return {**found, **({"libc": libc} if libc else {})}


def packages(imported: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of what computes here, and of what the experiment imports besides."""
    names = dict.fromkeys([*PACKAGES, *(_DISTRIBUTIONS.get(n, n) for n in sorted(imported))])
    found = {name: _version(name) for name in names}
    found["variance"] = __version__  # the package index gives this name to another project
    return {name: value for name, value in found.items() if value}


def imports(imported: Iterable[str]) -> dict[str, str]:
    """Return what the experiment imports, and which of it a version does not pin down."""
    told = [f"{name}{_caveat(_DISTRIBUTIONS.get(name, name))}" for name in sorted(imported)]
    return {"imports": ", ".join(told) or "nothing"}


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that may change results; never one that may hold a secret."""
    return {
        name: masked(value)
        for name, value in sorted(environment.items())
        if name.startswith(VARIABLES) and name not in _SET_BY_PACKAGES and not is_secret(name)
    }


def algebra(*, here: bool) -> dict[str, str]:
    """Return the libraries of linear algebra and of threads.

    NumPy's is asked itself, for it also tells the kernels that it chose for this processor. SciPy's
    and scikit-learn's are read from their installation, since they may not be loaded yet.

    Parameters
    ----------
    here : bool
        Whether this very process trains: then its number of threads counts.
    """
    return {**_numpy_blas(here=here), **_scipy_blas(), **_openmp()}


def _numpy_blas(*, here: bool) -> dict[str, str]:
    import numpy as np  # noqa: F401 - so that its library is loaded
    from threadpoolctl import threadpool_info

    loaded = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    loaded.sort(key=lambda lib: "numpy" not in lib["filepath"])
    if not loaded:
        return {}
    first = loaded[0]
    kernels = first.get("architecture")
    said = [f"{first['internal_api']} {first['version']}", first.get("threading_layer", "")]
    said += [f"kernels for {kernels}" if kernels else ""]
    found = {"blas numpy": ", ".join(part for part in said if part)}
    if here:
        found["blas threads"] = str(first["num_threads"])
    return found


def _scipy_blas() -> dict[str, str]:
    """Return what SciPy says it was built with."""
    folder = _installed("scipy", "scipy/__config__.py")
    block = re.search(r'"blas":\s*\{(.*?)\}', text_of(folder) if folder else "", re.DOTALL)
    told = dict(re.findall(r'"(name|version)":\s*r?"([^"]*)"', block[1])) if block else {}
    name = " ".join(told[key] for key in ("name", "version") if key in told)
    return {"blas scipy": name} if name else {}


def _openmp() -> dict[str, str]:
    """Return the OpenMP library in scikit-learn's wheel, whose name holds its digest."""
    folder = _installed("scikit-learn", "scikit_learn.libs")
    if folder is None:
        return {}
    names = sorted(p.name for p in folder.glob("lib*omp*"))
    return {"openmp scikit-learn": ", ".join(names)} if names else {}


def _installed(package: str, path: str) -> Path | None:
    try:
        return Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        return None


def _caveat(package: str) -> str:
    if _version(package) is None:
        return " (version unknown)"
    direct = distribution(package).read_text("direct_url.json") or ""
    return " (editable)" if re.search(r'"editable":\s*true', direct) else ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):  # ValueError: no name of a package at all
        return None
