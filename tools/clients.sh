#!/bin/sh
# Do generators of clients take the description of the API as it stands?
#
# tools/clients.sh [FOLDER]   installs the two below into FOLDER (without one: into a new one, removed afterwards),
# generates a client with each, and ends with 1 for a warning or for an operation that a client lacks.
set -eu

python_client=openapi-python-client==0.29.1
typescript=openapi-typescript@7.13.0

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
python="$here/.venv/bin/python"
if [ $# -gt 0 ]; then
    work=$1
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

stop() {
    printf '%s\n' "$*" >&2
    exit 1
}

# quiet LOG COMMAND...: its output is shown when it fails, or says anything of a warning or an error
quiet() {
    log=$1
    shift
    "$@" >"$log" 2>&1 || { cat "$log" >&2; stop "$1 failed"; }
    if grep -iq 'warning\|error\|skipping' "$log"; then
        cat "$log" >&2
        stop "$1 is not content"
    fi
}

if [ ! -x "$work/python/bin/openapi-python-client" ]; then
    "$python" -m venv "$work/python"
    "$work/python/bin/pip" install --quiet --disable-pip-version-check "$python_client"
fi
if [ ! -x "$work/node_modules/.bin/openapi-typescript" ]; then
    npm install --prefix "$work" --no-save --no-audit --no-fund --silent "$typescript"
fi

cd "$here"
"$python" - >"$work/openapi.json" <<'END'
import json

from hub.registry import Registry
from hub.web.api.openapi import describe
from hub.web.api.routes import OPERATIONS

print(json.dumps(describe(OPERATIONS, Registry({}).known())))
END
wanted=$("$python" -c 'from hub.web.api.routes import OPERATIONS; print(len(OPERATIONS))')

cd "$work"
rm -rf client client.ts
PATH="$work/python/bin:$here/.venv/bin:$PATH"
quiet python.log openapi-python-client generate --path openapi.json --output-path client --meta none
quiet typescript.log node_modules/.bin/openapi-typescript openapi.json -o client.ts

"$python" -m compileall -q client
made=$(find client/api -name '*.py' ! -name '__init__.py' | wc -l)
[ "$made" -eq "$wanted" ] || stop "openapi-python-client made $made operations of $wanted"
made=$("$python" -c 'import re; print(len(re.findall(r"^    \"?\S+\"?: \{$", open("client.ts").read().partition("export interface operations")[2], re.M)))')
[ "$made" -eq "$wanted" ] || stop "openapi-typescript made $made operations of $wanted"
printf '%s operations in both clients\n' "$wanted"
