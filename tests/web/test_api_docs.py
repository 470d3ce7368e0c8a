"""The examples of docs/api.md run as they stand against a hub."""

import asyncio
import os
import re
import shutil
from pathlib import Path

from hub.store.tokens import add_token, new_secret
from tests.running import open_office

PAGE = Path(__file__).parents[2] / "docs/api.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
ACCOUNT = {"account_sid": "AC" + "0" * 32, "auth_token": "nothing is sent here", "from": "+12025550100"}


async def test_every_example_of_the_api_page_runs(store_url):
    script = "set -e -o pipefail\n" + "\n".join(BLOCKS.findall(PAGE.read_text("utf-8")))
    bash = shutil.which("bash")
    assert bash
    async with open_office(store_url, {"sms": {"type": "sms", **ACCOUNT}}, roles=["web"]) as office:
        token = new_secret()
        await office.hub.store.write(add_token, "docs", token, ["*"], office.hub.clock.now())
        about = {**os.environ, "HUB": office.hub.base_url, "TOKEN": token}
        pipe = asyncio.subprocess.PIPE
        ran = await asyncio.create_subprocess_exec(bash, "-x", "-c", script, env=about, stdout=pipe, stderr=pipe)
        _, said = await asyncio.wait_for(ran.communicate(), 60)

    assert ran.returncode == 0, said.decode()[-2000:]
    assert script.count("curl") >= 15
