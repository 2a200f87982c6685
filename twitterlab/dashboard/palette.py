"""The colours, by what they mean: Okabe and Ito's, which the colour-blind can tell apart (Color Universal Design, 2008).

Nothing is said by colour alone: every line has its own character, every verdict its own sign.
"""

from __future__ import annotations

STYLES = {
    "p50": "#56b4e9",
    "p99": "#e69f00",
    "p999": "#cc79a7",
    "target": "#8a8a8a",
    "axis": "#8a8a8a",
    "label": "#a8a8a8",
    "value": "bold",
    "good": "#009e73",
    "bad": "bold #d55e00",
    "mine": "bold #f0e442",
    "spark": "#56b4e9",
    "title": "bold",
    "land": "#5a6b60",
    "link_up": "#56b4e9",
    "link_ill": "#e69f00",
    "link_cut": "bold #d55e00",
    "link_dark": "#7a7a7a",
    "cold": "#0072b2",
    "cool": "#56b4e9",
    "even": "#009e73",
    "warm": "#e69f00",
    "hot": "bold #d55e00",
    "": "",
}
MARKS = {"!": "bad", "+": "good", ">": "title", "-": "label", "~": "p99"}
"""The style of a line of the log by its mark."""
