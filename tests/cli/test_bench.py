"""hub bench: every benchmark by its name, or all of them one after the other."""

from hub.bench import Options
from hub.cli.bench import run_apart


def test_benchmarks_run_apart_and_each_gives_its_own_figures() -> None:
    found = run_apart(["parse"], Options(rounds=1, seconds=0.1))

    assert list(found) == ["parse"]
    assert found["parse"]["benchmark"] == "parse"
