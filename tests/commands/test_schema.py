from pathlib import Path

from tests.server import environment, imaging


def test_the_schema_is_printed_and_agrees_with_itself(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    printed = imaging("schema", env=env, cwd=tmp_path)
    (tmp_path / "schema.graphql").write_text(printed.stdout)
    assert "type Query {" in printed.stdout
    assert imaging("schema", "--check", "schema.graphql", env=env, cwd=tmp_path).returncode == 0


def test_a_drifted_file_is_told_with_the_difference(tmp_path: Path) -> None:
    (tmp_path / "old.graphql").write_text("type Query { old: Int }\n")
    done = imaging("schema", "--check", "old.graphql", env=environment(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 1
    assert "imaging schema > old.graphql" in done.stderr
    assert "-type Query { old: Int }" in done.stderr


def test_the_committed_schema_is_the_schema(tmp_path: Path) -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"
    done = imaging("schema", "--check", str(committed), env=environment(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
