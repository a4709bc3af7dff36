"""Start, stop and find the embedded servers of one `$VAR_DIR`."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _

from crmsite.embedded import postgres, redis_server
from crmsite.embedded.home import Home, home_of
from crmsite.embedded.programs import programs_for
from crmsite.embedded.refusals import EmbeddedError
from crmsite.embedded.state import State, load, save

logger = logging.getLogger(__name__)


def start(var_dir: Path, *, by: str = "embedded") -> State:
    """Start both servers, or take over those that run; return when they answer.

    `by` is remembered when nothing ran before: who started the servers stops them.
    Raises EmbeddedError with a sentence.
    """
    with _alone(var_dir):
        home = home_of(var_dir)
        state = _state_of(var_dir)
        if not postgres.running_pid(home):
            state = replace(state, started_by=by)
        _claim(home, state)
        save(var_dir, state)  # the passwords must outlive a kill in the next line
        programs = programs_for(home)
        state = replace(
            state,
            postgres_port=postgres.start(home, programs, state),
            redis_port=redis_server.start(home, programs, state),
        )
        save(var_dir, state)
        try:
            postgres.ensure_owner(state)
        except psycopg.Error as error:
            raise EmbeddedError(_("PostgreSQL runs but refuses us: %(error)s") % {"error": error}) from error
        return state


def stop(var_dir: Path, *, only_by: str | None = None) -> None:
    """Stop both; nothing happens if they do not run, or if another than `only_by` started them."""
    with _alone(var_dir):
        state = load(var_dir)
        if not state or state.var_dir != str(var_dir) or only_by not in (None, state.started_by):
            return
        home = home_of(var_dir)
        redis_server.stop(state)
        if postgres.running_pid(home):
            postgres.stop(home, programs_for(home))


def running(var_dir: Path) -> State | None:
    """The state of the servers if both answer, else None."""
    state = load(var_dir)
    if not state or state.var_dir != str(var_dir) or not postgres.running_pid(home_of(var_dir)):
        return None
    return state if redis_server.answers(state.redis_port, state.redis_password) else None


def _state_of(var_dir: Path) -> State:
    """What is kept, or a new one. A copied folder keeps its passwords, since its data know them, not its ports."""
    state = load(var_dir) or State(var_dir=str(var_dir))
    if state.var_dir != str(var_dir):
        state = replace(state, var_dir=str(var_dir), postgres_port=0, redis_port=0)
    return state


def _claim(home: Home, state: State) -> None:
    if aside := home.claim(state.cluster):
        if postgres.running_pid(Home(aside, home.account)):
            postgres.stop(Home(aside, home.account), programs_for(home))
        logger.warning(_("An older base without its passwords was set aside in %s."), aside)


@contextmanager
def _alone(var_dir: Path) -> Iterator[None]:
    """One start or stop at a time. An error of the file system becomes a sentence."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with (var_dir / "embedded.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise EmbeddedError(
            _("The embedded servers cannot use %(path)s: %(reason)s.")
            % {"path": error.filename or var_dir, "reason": error.strerror}
        ) from error
