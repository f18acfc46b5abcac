"""Work in a thread: heard of when it ends, never after a stop."""

import threading

from leaklab.widgets.background import Background


def test_result_failure_and_reports_arrive():
    background, done, failed, reports = Background(), [], [], []

    def work(progress):
        progress(1, 2, "half")
        return 5

    def broken(progress):
        raise OSError("gone")

    background.start(work, done.append, failed.append, lambda *report: reports.append(report))
    assert background.wait() and done == [5] and failed == [] and reports == [(1, 2, "half")]
    background.start(broken, done.append, failed.append)
    assert background.wait() and done == [5] and str(failed[0]) == "gone"


def test_stopped_work_is_never_heard_of_again():
    background, heard, going, go_on = Background(), [], threading.Event(), threading.Event()

    def work(progress):
        going.set()
        go_on.wait(10)
        progress(1, 2, "")
        return 1

    background.start(work, heard.append, heard.append, lambda *report: heard.append(report))
    assert going.wait(10)
    background.stop()
    go_on.set()
    assert background.wait() and heard == []


def test_the_next_work_waits_for_the_one_that_was_stopped():
    background, order, go_on = Background(), [], threading.Event()

    def first(progress):
        go_on.wait(10)
        order.append("first ends")

    background.start(first, order.append, order.append)
    background.start(lambda progress: "second", order.append, order.append)
    assert order == []
    go_on.set()
    assert background.wait() and order == ["first ends", "second"]
