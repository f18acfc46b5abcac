"""Order of a full run: what is quick and tells most comes first, whole notebooks later, the browser last."""


def _rank(item):
    if item.get_closest_marker("browser"):
        return 3
    if item.get_closest_marker("notebooks"):
        return 2
    return int(item.nodeid.split("::")[0].endswith(".ipynb"))  # a trainer notebook, cell by cell (nbval)


def pytest_collection_modifyitems(items):
    items.sort(key=_rank)  # stable: the cells of one notebook stay in order
