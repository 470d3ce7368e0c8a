"""Copies the front-end files that package.json names under `vendor` from node_modules to where the hub serves them."""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "hub" / "web" / "static" / "vendor"


def main() -> None:
    wanted: dict[str, str] = json.loads((ROOT / "package.json").read_text("utf-8"))["vendor"]
    shutil.rmtree(TARGET, ignore_errors=True)
    for name, source in wanted.items():
        target = TARGET / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, target)


if __name__ == "__main__":
    main()
