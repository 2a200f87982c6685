"""Start here: `python3 start.py week 1` or `python3 start.py test`.

Makes `.venv`, installs this folder into it, then runs `twitterlab …` or the tests. Standard library only;
this file also parses on old Pythons, so that it can say what is missing.
"""

import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")


def stop(sentence):
    """Say what is wrong and how to mend it."""
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


def make_venv():
    """A virtual environment of our own, made once."""
    if os.path.exists(PYTHON):
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop("This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv")
    print("Making .venv ...", flush=True)
    venv.create(VENV, with_pip=True)


def install(extra):
    """Install this folder and `extra` unless that was done before with this pyproject.toml."""
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        stamp = hashlib.sha256(file.read() + sys.version.encode() + HERE.encode()).hexdigest()
    path = os.path.join(VENV, "installed-" + (extra or "core"))
    if os.path.exists(path):
        with open(path) as file:
            if file.read() == stamp:
                return
    print("Installing (a minute the first time) ...", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    target = HERE + ("[" + extra + "]" if extra else "")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    if subprocess.call(command, env=environment) != 0:
        stop("Installing failed. Check the network (or set HTTPS_PROXY), then run the same command again.")
    with open(path, "w") as file:
        file.write(stamp)


def main(arguments):
    """Run `twitterlab ARGUMENTS`, or every test for `test`."""
    if sys.version_info < (3, 11):
        stop(
            "Python 3.11 or newer is needed, this is %d.%d. Get it from https://www.python.org/downloads/"
            % sys.version_info[:2]
        )
    if not arguments:
        stop("Say what to start: python3 start.py week 1, or: python3 start.py test")
    make_venv()
    if arguments[0] == "test":
        install("dev")
        command = [PYTHON, "-m", "pytest", "-n", "2", "-m", "not soak"] + arguments[1:]
    else:
        install("")
        command = [PYTHON, "-m", "twitterlab"] + arguments
    return subprocess.call(command, cwd=HERE if arguments[0] == "test" else None)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
