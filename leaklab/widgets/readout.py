"""The part of a widget that is read: status line, words, picture; the page keeps its nodes while they change."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class Readout(anywidget.AnyWidget):
    """HTML in four places: ``said`` is announced by screen readers when it changes, ``fault`` at once.

    `leaklab.widgets.base.Display` fills it; its script also says what to do when the kernel is gone.
    """

    _esm = HERE / "readout.js"
    _css = HERE / "readout.css"
    said = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    tips = traitlets.Dict(help="The words before controls -> their tooltips, some of which ipywidgets does not show."
                          ).tag(sync=True)
