"""Settings of TensorFlow that hold for a whole process and must stand before its import."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from variance.errors import UsageError
from variance.records import Execution


def environment(execution: Execution) -> dict[str, str]:
    """Return the environment variables that a worker must have before it imports anything.

    Parameters
    ----------
    execution : Execution
        Threads and kernels.

    Returns
    -------
    dict of str to str
    """
    threads = str(execution.threads)
    return {
        "TF_ENABLE_ONEDNN_OPTS": _flag(execution),
        "TF_CPP_MIN_LOG_LEVEL": "3",  # its notices about the processor are no news to anybody
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
    }


def prepare_process(execution: Execution) -> None:
    """Fix what TensorFlow reads once, when it is imported; harmless when repeated.

    Parameters
    ----------
    execution : Execution
        Threads and kernels.

    Raises
    ------
    UsageError
        If this process has imported TensorFlow with other kernels already.
    """
    if "tensorflow" not in sys.modules:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = _flag(execution)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        return
    found = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "(unset)")  # its default depends on the CPU
    if found != _flag(execution):
        raise UsageError(
            f"TensorFlow is already imported in this process with TF_ENABLE_ONEDNN_OPTS={found}, "
            f"but onednn={execution.onednn} was asked for",
            "Train in worker processes, or in a process that has not imported TensorFlow.",
        )


def require_tensorflow(purpose: str) -> None:
    """Refuse what needs TensorFlow where it is not installed; it is not imported for it.

    Parameters
    ----------
    purpose : str
        What needs it, as the beginning of a sentence.

    Raises
    ------
    UsageError
        With the line that installs it.
    """
    if "tensorflow" not in sys.modules and importlib.util.find_spec("tensorflow") is None:
        raise UsageError(
            f"{purpose} needs TensorFlow, which is not installed",
            "Install it: pip install 'model-variance[tensorflow]' "
            "(in a clone: pip install -c constraints.txt '.[tensorflow]')",
        )


def load_training(execution: Execution) -> Any:
    """Prepare this process, import TensorFlow without its notices, and return the trainer's module.

    Parameters
    ----------
    execution : Execution
        Threads and kernels.

    Returns
    -------
    module
        `variance.experiments.training`.
    """
    prepare_process(execution)
    with _silent_stderr():
        return importlib.import_module("variance.experiments.training")


def load_keras_file(execution: Execution) -> Any:
    """Import TensorFlow, unless it is there, and return the module that writes Keras files.

    Nothing is trained with it, so a process that has imported TensorFlow otherwise will do.

    Parameters
    ----------
    execution : Execution
        How the model was trained.

    Returns
    -------
    module
        `variance.experiments.keras_file`.
    """
    require_tensorflow("a .keras file")
    if "tensorflow" not in sys.modules:
        prepare_process(execution)
    with _silent_stderr():
        return importlib.import_module("variance.experiments.keras_file")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Drop what native code writes to stderr: TensorFlow's notices heed no setting."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _flag(execution: Execution) -> str:
    return "1" if execution.onednn else "0"
