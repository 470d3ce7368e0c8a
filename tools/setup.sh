# What ./run and ./test share: a Python environment and the front-end files. POSIX sh; sourced with $here set.
#
# Everything is installed from the lock files, hashes checked. A copy of what was installed is kept beside it:
# when nothing changed, nothing runs.

venv="$here/.venv"
vendor="$here/hub/web/static/vendor"
PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
export PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

find_python() {
    for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3.11 python3 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    stop "Python 3.11 or newer is missing: apt install python3 python3-venv (macOS: brew install python)"
}

make_venv() {
    "$venv/bin/python" -c '' 2>/dev/null && return
    python=$(find_python) || exit 1
    say "Making .venv with $("$python" --version)"
    rm -rf "$venv"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" "$venv"
    elif ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        rm -rf "$venv"
        can_apt || stop "Python cannot make a virtual environment: apt install python3-venv"
        apt_install python3-venv
        "$python" -m venv "$venv"
    fi
}

# install NAME LOCK: everything LOCK names, unless it is there already
install() {
    stamp="$venv/.installed-$1"
    cmp -s "$2" "$stamp" && return
    say "Installing the Python packages of ${2##*/} (once)"
    rm -f "$stamp"
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$2"
    else
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
        "$venv/bin/python" -m pip install --quiet --require-hashes -r "$2"
    fi
    cp "$2" "$stamp"
}

# the checkout itself: importable, and the command `hub` in .venv/bin, from any current directory
link_checkout() {
    for packages in "$venv"/lib/python3*/site-packages; do
        printf '%s\n' "$here" >"$packages/hub_checkout.pth"
    done
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec "${0%%/*}/python" -P -m hub "$@"\n' >"$venv/bin/hub"
    chmod +x "$venv/bin/hub"
}

# frontend run|test: the libraries of package.json, into node_modules and from there to where the hub serves them
frontend() {
    stamp="$vendor/.installed"
    wanted=$(cat "$here/package.json" "$here/package-lock.json")
    if [ -f "$stamp" ]; then
        case $(cat "$stamp") in "test $wanted" | "$1 $wanted") return ;; esac
    fi
    if ! command -v npm >/dev/null 2>&1; then
        install node "$here/requirements-node.lock"
        PATH="$venv/bin:$PATH"
    fi
    say "Bringing the front-end files (once)"
    omit=$([ "$1" = test ] || echo --omit=dev)
    # shellcheck disable=SC2086
    export npm_config_cache="$venv/.npm" npm_config_update_notifier=false
    (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error $omit >&2)
    "$venv/bin/python" "$here/tools/vendor.py"
    printf '%s\n' "$1 $wanted" >"$stamp"
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
    say "Installing $* (apt)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >&2
}
