"""Plots as SVG text. matplotlib is loaded when the first one is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: equally many x and y."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A diagram as data. `kind` is `line`, or `bar` with one bar a line, as high as its first y."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    kind: str = "line"
    log_x: bool = False
    log_y: bool = False
    note: str = ""


def svg(plot: Plot) -> str:
    """The plot as an `<svg>` element; equal plots give equal text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": plot.title, "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        if plot.kind == "bar":
            axes.bar([line.label for line in plot.lines], [line.y[0] for line in plot.lines])
        else:
            for line in plot.lines:
                axes.plot(line.x, line.y, marker=".", label=line.label)
            axes.legend(frameon=False)
        if plot.log_x:
            axes.set_xscale("log")
        if plot.log_y:
            axes.set_yscale("log")
        axes.set(title=plot.title, xlabel=plot.x_label, ylabel=plot.y_label)
        axes.grid(alpha=0.3)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]
