"""Start here: `python3 start.py week 1` or `python3 start.py test`.

Makes `.venv`, installs this folder into it, then runs `twitterlab ...` or the tests. Standard library only;
this file also parses on old Pythons (2.7 too), so that it can say what is missing.
"""

import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")
READY = os.path.join(VENV, "made")
LOG = os.path.join(VENV, "install.log")


def say(sentence):
    """What goes on, at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def stop(sentence):
    """Say what is wrong and how to mend it."""
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


def read(path):
    """What a small file holds; nothing where there is none."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def write(path, text):
    """Keep a note for the next start."""
    with open(path, "w") as file:
        file.write(text)


def make_venv():
    """A virtual environment of our own, made once; one that was left half made, or moved here, is made again."""
    if os.path.exists(PYTHON) and read(READY) == HERE:
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop("This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv")
    say("Making .venv ...")
    if os.path.exists(VENV):
        shutil.rmtree(VENV)
    venv.create(VENV, with_pip=True)
    write(READY, HERE)


def install(extra, is_needed=True):
    """Install this folder and `extra` unless that was done, or tried, before with this pyproject.toml."""
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        stamp = hashlib.sha256(file.read() + sys.version.encode()).hexdigest()
    path = os.path.join(VENV, "installed-" + (extra or "core"))
    if read(path) == stamp:
        return
    say("Installing%s ..." % (" (a minute the first time)" if is_needed else " PostgreSQL"))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    target = HERE + ("[" + extra + "]" if extra else "")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    with open(LOG, "w") as log:
        failed = subprocess.call(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    if failed and not is_needed:
        say("PostgreSQL cannot be installed here (%s says why); all else can be used." % LOG)
    elif failed:
        stop(
            "Installing failed (%s says why). Check the network, or set HTTPS_PROXY, then run again: %s"
            % (LOG, typed())
        )
    write(path, stamp)


def typed():
    """The command that was typed."""
    return " ".join(["py" if os.name == "nt" else "python3", "start.py"] + sys.argv[1:])


def main(arguments):
    """Run `twitterlab ARGUMENTS`, or every test for `test`."""
    if sys.version_info < (3, 11):
        stop(
            "Python 3.11 or newer is needed, this is %d.%d. Get it from https://www.python.org/downloads/"
            % sys.version_info[:2]
        )
    if not arguments:
        stop("Say what to start: python3 start.py week 1, or: python3 start.py test")
    is_test = arguments[0] == "test"
    try:
        make_venv()
        install("dev" if is_test else "")
        if not is_test:
            install("postgres", is_needed=False)
    except (OSError, subprocess.CalledProcessError) as error:
        stop(
            "%s cannot be made: %s. Copy this folder to a place that you may write to, then run: %s"
            % (VENV, error, typed())
        )
    if is_test:
        command = [PYTHON, "-m", "pytest", "-n", "2", "-m", "not soak"] + arguments[1:]
    else:
        command = [PYTHON, "-m", "twitterlab"] + arguments
    return subprocess.call(command, cwd=HERE if is_test else None)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
