"""One call in a process of its own: its memory and its time are those of the call and of nothing before it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from stranet.errors import StraNetError
from stranet.heap import tidy_heap

Result = TypeVar("Result")


def in_fresh_process(function: Callable[..., Result], *arguments: Any) -> Result:
    """What ``function`` returns when a new process calls it. That process ends with the call, and when we are stopped.

    Its heap is set up as that of the commands, see `stranet.heap`. Ctrl-C reaches this process only: what the
    other one leaves on disk when it is ended is the caller's to remove.

    Args:
        function: of a module, so that the new process can import it.
        arguments: picklable, as the result is.

    Raises:
        StraNetError: The process was killed, as systems do that run out of memory.
        Exception: What the function raised, with its traceback as a note.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, function, arguments))
    with ours, _tidy_heap():
        process.start()
        theirs.close()  # so that its end shows here
        try:
            failed, answer = ours.recv()
        except EOFError:
            process.join()
            raise StraNetError(
                f"the process that measures ended with code {process.exitcode}, perhaps for want of memory; "
                "try a smaller size"
            ) from None
        except BaseException:  # Ctrl-C
            process.kill()
            raise
        finally:
            process.join()
    if failed:
        raise answer
    return answer


def _answer(answers: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """In the new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        answer = False, function(*arguments)
    except Exception as error:  # noqa: BLE001 - handed to the caller
        error.add_note(traceback.format_exc())
        answer = True, error
    answers.send(answer)


@contextmanager
def _tidy_heap() -> Iterator[None]:
    """For processes that are started meanwhile."""
    tidy = tidy_heap(os.environ)
    before = {name: os.environ.get(name) for name in tidy}
    os.environ.update(tidy)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
