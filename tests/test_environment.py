import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance import environment
from variance.codefiles import program
from variance.environment import hardware
from variance.environment.masking import masked, masked_command
from variance.environment.outside import output


def git(folder, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, which is the working directory."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git(folder, "init")
    (folder / "a.py").write_text("1")
    git(folder, "add", "a.py")
    git(folder, "commit", "-m", "one")
    return folder


def test_versions_and_machine_are_recorded():
    facts = environment.collect().facts

    assert facts.keys() >= {
        "python", "python build", "system", "numpy", "scipy", "scikit-learn", "tensorflow", "keras",
        "pandas", "threadpoolctl", "variance", "machine", "cpu", "cores", "memory", "gpu",
        "blas numpy", "blas scipy", "container", "virtual machine", "git",
    }  # fmt: skip
    assert "not recorded" not in facts


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads what Linux tells")
def test_processor_is_told_as_lscpu_tells_it():
    told = output("lscpu") or pytest.skip("there is no lscpu")
    flags = next(line for line in told.splitlines() if line.startswith("Flags")).split()
    features = environment.collect().facts["cpu features"].split()

    assert set(features) <= set(flags)
    assert {f for f in flags if f.startswith(("avx", "amx", "fma"))} <= set(features)
    assert "smep" not in features  # no arithmetic, though its name begins as that of SME


def test_blas_is_the_one_that_numpy_computes_with():
    import numpy as np
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    versions = [lib["version"] for lib in threadpool_info() if "numpy" in lib["filepath"]]

    assert versions
    assert versions[0] in environment.collect().facts["blas numpy"]


def test_blas_of_scipy_is_told_without_importing_it():
    code = (
        "import sys; from variance import environment; f = environment.collect().facts;"
        "assert not {'scipy', 'sklearn', 'tensorflow'} & set(sys.modules); print(f['blas scipy'])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import scipy

    assert told.stdout.split()[-1] in str(scipy.__config__.CONFIG)


def test_threads_of_libraries_are_recorded_where_this_process_trains():
    here, workers = environment.collect(), environment.collect(workers={})

    assert here.facts["blas threads"].isdigit()
    assert "blas threads" not in workers.facts
    assert (here.facts["trained in"], workers.facts["trained in"]) == (
        "this process",
        "worker processes",
    )


def test_settings_of_the_workers_are_recorded():
    found = environment.collect(workers={"TF_ENABLE_ONEDNN_OPTS": "0", "SECRET": "x"}).facts

    assert found["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert "SECRET" not in found


def test_driver_and_models_of_graphics_cards_are_read(tmp_path, monkeypatch):
    card = tmp_path / "gpus" / "0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 1\n")
    (tmp_path / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15 x")
    monkeypatch.setattr(hardware, "_NVIDIA", tmp_path)

    assert hardware.graphics() == {"gpu": "1 x NVIDIA H200", "gpu driver": "570.86.15"}


def test_facts_that_cannot_be_had_are_named_and_stop_nothing(monkeypatch):
    def broken():
        raise PermissionError

    monkeypatch.setattr(hardware, "memory", broken)
    facts = environment.collect().facts

    assert facts["not recorded"] == "memory (PermissionError)"
    assert "cpu" in facts


def test_nothing_of_the_system_need_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no git, no nvidia-smi
    facts = environment.collect().facts

    assert "git" not in facts
    assert facts["numpy"]


# Secrets


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "TF_VAR_password", "PYTORCH_TOKEN", "MKL_LICENSE_KEY"]
)
def test_secrets_in_variables_are_not_recorded(monkeypatch, name):
    monkeypatch.setenv(name, "hunter2")

    assert "hunter2" not in str(environment.collect())


def test_secrets_in_the_values_of_variables_are_hidden(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--cache=https://me:hunter2@host/x --level=3")
    facts = environment.collect().facts

    assert facts["XLA_FLAGS"] == "--cache=https://HIDDEN@host/x --level=3"


@pytest.mark.parametrize(
    "words",
    [
        ["--api-key=hunter2"],
        ["--api-key", "hunter2"],
        ["--set", "token=hunter2"],
        ["HF_TOKEN=hunter2", "python"],
        ["https://me:hunter2@host/data"],
        ["https://host/data?access_token=hunter2&x=1"],
        ["-H", "Authorization: Bearer hunter2"],
        ["--json", '{"password": "hunter2"}'],
        ["--DB_PASSWORD='hunter2'"],
    ],
)
def test_secrets_in_the_command_line_are_hidden(words):
    command = environment.collect(["variance", "sweep", *words, "--seeds", "3"]).command

    assert "hunter2" not in command
    assert command.endswith("--seeds 3")


def test_keys_are_known_by_how_they_begin():
    assert "AKIA" not in masked("upload AKIAABCDEFGHIJKLMNOP x")


def test_an_option_after_a_secret_flag_is_not_taken_for_the_secret():
    assert masked_command(["a", "--no-token", "--seeds", "3"]) == "a --no-token --seeds 3"


def test_harmless_commands_stay_as_they_are_typed():
    words = ["variance", "sweep", "keys/monkey.py:train", "--set", "rate=0.1", "--name", "a b"]

    assert masked_command(words) == (
        "variance sweep keys/monkey.py:train --set rate=0.1 --name 'a b'"
    )


@given(
    st.sampled_from(["token", "API_KEY", "my-secret", "Password", "aws_credentials"]),
    st.from_regex(r"[A-Za-z0-9_./+-]{4,20}", fullmatch=True),
    st.sampled_from(["--{}={}", "{}={}", "https://h/?{}={}", '{{"{}": "{}"}}']),
)
def test_no_secret_is_left_whatever_its_name_and_place(name, secret, shape):
    assert masked(shape.format(name, f"zq{secret}zq")).count("zq") == 0


def test_any_bytes_can_be_recorded_and_printed(monkeypatch):
    monkeypatch.setitem(os.environ, "XLA_FLAGS", "caf\udce9")
    found = environment.collect(["caf\udce9"])

    assert json.dumps(dict(found.facts)).encode()
    assert f"{found.facts['XLA_FLAGS']}{found.command}".encode()


def test_variables_of_terraform_are_not_tensorflows(monkeypatch):
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/home/me/.terraformrc")

    assert "TF_CLI_CONFIG_FILE" not in environment.collect().facts


# Repositories


def test_commit_is_recorded(repository):
    assert len(environment.collect().facts["git"]) == 40


@pytest.mark.parametrize(
    "setting", ["core.fsmonitor", "diff.external", "diff.t.textconv", "filter.t.clean"]
)
def test_no_program_that_a_repository_names_is_run(repository, setting):
    payload = repository / "payload.sh"
    payload.write_text(f"#!/bin/sh\ntouch {repository}/ran\ncat\n")
    payload.chmod(0o755)
    (repository / ".git" / "info" / "attributes").write_text("a.py filter=t diff=t\n")
    git(repository, "config", setting, payload)
    (repository / "a.py").write_text("2")

    told = environment.collect().facts["git"]

    assert not (repository / "ran").exists()
    assert told.endswith("not known whether changed") == setting.startswith("filter")


def test_uncommitted_changes_are_recorded_and_told_apart(repository):
    found = []
    for text in ("2", "3", "2"):
        (repository / "a.py").write_text(text)
        found.append(environment.collect().facts["git"])

    assert "with uncommitted changes" in found[0]
    assert found[0] != found[1]
    assert found[0] == found[2]


def test_outside_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert environment.collect().facts["git"] == "no repository"


def test_a_repository_without_a_commit_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init")

    assert environment.collect().facts["git"] == "no commit yet"


def test_the_repository_of_the_experiment_is_recorded_too(repository, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    git(own, "init")
    (own / "model.py").write_text("1")
    git(own, "add", "model.py")
    git(own, "commit", "-m", "another")
    facts = environment.collect(program=program(own / "model.py")).facts

    assert len(facts["git experiment"]) == 40
    assert facts["git experiment"] != facts["git"]


def test_an_experiment_that_the_repository_does_not_keep_is_told(repository):
    (repository / "new.py").write_text("1")
    facts = environment.collect(program=program(repository / "new.py")).facts

    assert facts["git experiment"].endswith("the experiment's file untracked")


def test_a_git_hook_does_not_lead_astray(repository, tmp_path, monkeypatch):
    expected = environment.collect().facts["git"]
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    assert environment.collect().facts["git"] == expected


# What the experiment imports


def test_versions_of_what_the_experiment_imports_are_recorded(tmp_path):
    (tmp_path / "model.py").write_text("import yaml_of_mine\nimport PIL.Image\nimport psutil, os")
    facts = environment.collect(program=program(tmp_path / "model.py")).facts
    import PIL
    import psutil

    assert facts["psutil"] == psutil.__version__
    assert facts["pillow"] == PIL.__version__
    assert facts["imports"] == "PIL, psutil, yaml_of_mine (version unknown)"


def test_command_is_recorded():
    assert environment.collect(["variance", "sweep"]).command == "variance sweep"
