"""What is measured of a widget by the browser's own clock, for the tests and for benchmarks/widgets.py."""

from playwright.sync_api import TimeoutError

from browser.family import settle, slider

WATCH = """root => {
    const seen = { at: null, times: [] };
    window.leaklabSeen = seen;
    const picture = root.querySelector('.leaklab-picture');
    root.addEventListener('keydown', () => { seen.at = performance.now(); }, true);
    new MutationObserver(() => {
        if (seen.at === null) return;
        const began = seen.at;
        seen.at = null;
        requestAnimationFrame(() => setTimeout(() => seen.times.push(performance.now() - began)));
    }).observe(picture, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def slider_to_picture(family, name, words, times=20):
    """Milliseconds from a key on a slider to the first picture after it that has been painted, several times.

    The first way over the slider is not counted: whatever is drawn once is drawn then.
    """
    handle = slider(family.go_to(name), words)
    walk(family, handle, 12)
    family.go_to(name).evaluate(WATCH)
    took = []
    for key in keys(handle, times):
        handle.press(key)
        try:
            family.page.wait_for_function("n => window.leaklabSeen.times.length > n", arg=len(took), timeout=3000)
        except TimeoutError:  # as many are guessed at 62% of 40 models as at 63%
            family.page.evaluate("window.leaklabSeen.at = null")
            continue
        took.append(family.page.evaluate("window.leaklabSeen.times.at(-1)"))
        family.page.wait_for_timeout(400)  # a hand that looks at each
    assert took, f"{name}: no picture came of {times} steps"
    return took


def keys(handle, times):
    """To and fro over the whole slider, one step at a time."""
    low, now, high = (round(float(handle.get_attribute(f"aria-value{word}"))) for word in ("min", "now", "max"))
    way = 1
    for _ in range(times):
        way = -1 if now >= high else 1 if now <= low else way
        now += way
        yield "ArrowRight" if way > 0 else "ArrowLeft"


def walk(family, handle, times):
    for key in keys(handle, times):
        handle.press(key)
        family.page.wait_for_timeout(150)


def growth(family, name, words, events=1000, seconds=10.0):
    """The MB by which kernel and page have grown after so many slider events, at rest; and the seconds they took."""
    handle = slider(family.go_to(name), words)
    walk(family, handle, 12)
    before = memory(family)
    took = handle.evaluate("""async (handle, [keys, every]) => {
        const began = performance.now();
        for (let i = 0; i < keys.length; i++) {
            handle.dispatchEvent(new KeyboardEvent('keydown', { key: keys[i], bubbles: true, cancelable: true }));
            await new Promise(done => setTimeout(done, Math.max(0, began + (i + 1) * every - performance.now())));
        }
        return (performance.now() - began) / 1000; }""", [list(keys(handle, events)), 1000 * seconds / events])
    settle(family, name)
    family.page.wait_for_timeout(2000)
    return [after - was for after, was in zip(memory(family), before, strict=True)], took


def memory(family):
    """MB that the kernel has, and that live in the page, each after its garbage is collected."""
    kernel = family.notebook.ask("""import ctypes, gc, pathlib, re
gc.collect()
ctypes.CDLL(None).malloc_trim(0)
print(int(re.search(r"VmRSS:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024)""")
    tools = family.page.context.new_cdp_session(family.page)
    tools.send("HeapProfiler.collectGarbage")
    tools.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    tools.detach()
    return kernel, metrics["JSHeapUsedSize"] / 2**20


def stopped_after(family, name):
    """Start, Stop a moment later, and the seconds until the page says so, by its own clock."""
    family.slow(name)  # so that there is something to stop
    seconds = family.go_to(name).evaluate("""async root => {
        const words = one => one.textContent.trim();
        const stop = [...root.querySelectorAll('button')].find(one => words(one) === 'Stop');
        const start = stop.parentElement.querySelector('button');
        const said = root.querySelector('.leaklab-said');
        const until = async there => {
            for (const began = performance.now(); !there() && performance.now() - began < 20000;)
                await new Promise(done => setTimeout(done, 2)); };
        start.click();
        await until(() => !stop.disabled);
        await new Promise(done => setTimeout(done, 150));
        const began = performance.now();
        stop.click();
        await until(() => stop.disabled && words(said).startsWith('Stopped'));
        return (performance.now() - began) / 1000; }""")
    family.quick(name)
    settle(family, name)
    return seconds
