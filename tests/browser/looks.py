"""What an eye would see at once in a widget: pictures without words, what is cut off, letters too small."""

import json


def unnamed(widget):
    """Pictures without words for those who do not see them, and controls without a tooltip."""
    return widget.evaluate("""root => {
        const bad = [];
        root.querySelectorAll('img, svg').forEach(one => {
            const words = one.getAttribute('alt') ?? one.getAttribute('aria-label');
            if (!words && !one.closest('[aria-hidden=true], svg svg')) bad.push(one.outerHTML.slice(0, 120));
        });
        root.querySelectorAll('[title]').forEach(one => {
            if (['null', 'None', 'undefined'].includes(one.title)) bad.push(one.outerHTML.slice(0, 120));
        });
        root.querySelectorAll('.jupyter-widgets:not(.widget-box, .widget-html, .widget-label, .leaklab-readout)')
            .forEach(one => {
                if (!one.matches('.widget-hbox, .widget-vbox, .widget-inline-vbox') && !one.title
                    && !one.querySelector('[title]:not([title=""])')) bad.push(one.outerHTML.slice(0, 160));
            });
        return bad; }""")


def cut(widget):
    """What does not fit: text cut off by its own box, or boxes that reach beyond the widget's output area."""
    return widget.evaluate("""root => {
        const room = root.closest('.jp-OutputArea-output, .jp-OutputArea-child').getBoundingClientRect();
        const seen = [...root.querySelectorAll('*')].filter(one => one.checkVisibility() && !one.closest('svg svg, g'));
        return seen.filter(one => {
            const box = one.getBoundingClientRect(), style = getComputedStyle(one);
            const hides = style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 2;
            return box.width && (box.right > room.right + 2 || box.left < room.left - 2
                || hides && one.childElementCount === 0 && !one.matches('input'));
        }).slice(0, 5).map(one => `${one.className.baseVal ?? one.className} ${one.textContent.trim().slice(0, 60)}`); }
    """)


def smallest(widget):
    """The height of the smallest letters in the widget, in px of the window, pictures included."""
    return widget.evaluate("""root => Math.min(...[...root.querySelectorAll('*')].filter(one => one.checkVisibility()
            && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(one => { const drawing = one.closest('svg'), scale = drawing?.getScreenCTM().a ?? 1;
            return scale * parseFloat(getComputedStyle(one).fontSize); }))""")


def alike(texts):
    """Whether page, kernel and state say the same; a message for pytest where not."""
    return all(text == texts[0] for text in texts) or json.dumps(texts, indent=1)[:2000]
