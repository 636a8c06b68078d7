import subprocess

from variance import environment


def test_versions_and_machine_are_recorded():
    facts = environment.collect().facts

    assert {"python", "cpu", "machine", "system", "cores", "numpy", "tensorflow"} <= facts.keys()


def test_command_is_recorded():
    assert environment.collect(["variance", "sweep"]).command == "variance sweep"


def test_settings_of_the_workers_are_recorded():
    found = environment.collect(workers={"TF_ENABLE_ONEDNN_OPTS": "0", "SECRET": "x"}).facts

    assert found["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_secrets_are_not_recorded(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")

    assert "hunter2" not in str(environment.collect())


def test_commit_and_uncommitted_changes_are_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("1")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "a"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    clean = environment.collect().facts["git"]
    (tmp_path / "a").write_text("2")

    assert len(clean) == 40
    assert environment.collect().facts["git"] == f"{clean} with uncommitted changes"


def test_outside_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "git" not in environment.collect().facts
