"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from twitterlab.bench.plots import Plot, svg

if TYPE_CHECKING:
    from twitterlab.bench.report import Report

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .75rem .25rem 0;
       border-bottom: 1px solid #ddd; vertical-align: top } td.number { text-align: right; font-variant-numeric: tabular-nums }
.met { color: #116329 } .missed { color: #a40e26; font-weight: 600 } .info, .note { color: #57606a }
figure { margin: 2rem 0 } svg { max-width: 100%; height: auto }
"""


def page(report: Report, plots: Sequence[Plot]) -> str:
    """The page as text."""
    rows = "".join(
        f"<tr><td>{escape(f.name)}</td><td>{escape(str(f.target) if f.target else '')}</td>"
        f"<td class='number'>{f.measured:,.6g} {escape(f.unit)}</td><td class='{f.verdict}'>{f.verdict}</td>"
        f"<td>{f.source}, {escape(f.engine)}</td><td class='note'>{escape(f.note)}</td></tr>"
        for f in report.figures
    )
    blamed = "".join(f"<p class='missed'>{escape(sentence)}</p>" for sentence in report.blame())
    drawings = "".join(f"<figure>{svg(plot)}<figcaption>{escape(plot.note)}</figcaption></figure>" for plot in plots)
    parts = ", ".join(f"{slot}: {part}" for slot, part in report.parts.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Week {report.week}</title><style>{_STYLE}</style></head><body>
<h1>Week {report.week}</h1>
<p>{report.users:,} users, {report.follows:,} follows, {report.operations:,} operations, seed {report.seed}.
Parts: {escape(parts)}.</p>
{blamed}
<table><thead><tr><th>Figure</th><th>Target</th><th>Measured</th><th>Verdict</th><th>Source</th><th>Note</th></tr></thead>
<tbody>{rows}</tbody></table>
{drawings}
</body></html>
"""
