"""One thread for what must not be done twice at a time; what comes while it is busy goes to it together."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any


class Gathered:
    """Calls ``work`` with a list of items from a thread of its own, and gives each caller the result of its item.

    To hand over to a thread and back costs more than many an item: so it is done once for all that wait.

    Parameters
    ----------
    work : callable
        From a list of items to as many results.
    name : str
        Of the thread.
    """

    def __init__(self, work: Callable[[list], list], name: str):
        self._work, self._thread = work, ThreadPoolExecutor(1, name)
        self._waiting: list[tuple[Any, asyncio.Future]] = []
        self._task: asyncio.Task | None = None

    async def __call__(self, item: Any) -> Any:
        """The result of one item."""
        result = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await asyncio.get_running_loop().run_in_executor(self._thread, self._work,
                                                                           [item for item, _ in batch])
            except Exception as error:
                results = [error] * len(batch)
            for (_, waits), result in zip(batch, results, strict=True):
                with suppress(asyncio.InvalidStateError):  # who waited has gone
                    waits.set_exception(result) if isinstance(result, Exception) else waits.set_result(result)

    def close(self) -> None:
        """Wait for what is at hand, and take nothing more."""
        self._thread.shutdown(cancel_futures=True)
