"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from twitterlab.bench.finding import Finding
from twitterlab.bench.plots import Plot, svg
from twitterlab.bench.report import Report, shown
from twitterlab.model.figure import Figure

_STYLE = """
:root { --ink: #1d2733; --soft: #5b6876; --line: #dde3ea; --paper: #fff; --met: #1a7f4b; --missed: #b3261e }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem;
       color: var(--ink); background: #f6f8fa }
h1 { font-size: 1.9rem; margin: 0 0 .25rem } h2 { font-size: 1.2rem; margin: 0 0 .5rem } p { margin: .4rem 0 }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem 1.5rem; margin: 1.25rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.met, .missed, .info { white-space: nowrap } .met::before { content: "✓ " } .missed::before { content: "✗ " }
.met { color: var(--met) } .missed { color: var(--missed); font-weight: 600 } .info, .note { color: var(--soft) }
.answer { border-left: 3px solid #1d9bf0; padding-left: .75rem } summary { cursor: pointer; color: var(--soft) }
figure { margin: 1rem 0 0 } figcaption { color: var(--soft); font-size: .9rem } svg { max-width: 100%; height: auto }
"""


def page(report: Report) -> str:
    """The page as text."""
    verdict = "every target met" if report.is_clean else f"{len(report.blame())} missed"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Week {report.week}: {verdict}</title><style>{_STYLE}</style></head><body>
<h1>Week {report.week}: {verdict}</h1>
{fragment(report)}
</body></html>
"""


def fragment(report: Report) -> str:
    """What a page or a notebook cell shows of a report."""
    in_findings = {figure.name for found in report.findings for figure in found.figures}
    rest = [figure for figure in report.figures if figure.name not in in_findings]
    run = f"<section><h2>The run</h2>{_table(rest)}{_drawings(report.plots)}</section>" if rest or report.plots else ""
    return f"""<p>{report.size}.</p>
<p class="note">Parts: {escape(report.used) or "none"}.</p>
{"".join(f"<p class='missed'>{escape(sentence)}</p>" for sentence in report.blame())}
{run}
{"".join(finding(found) for found in report.findings)}"""


def _table(figures: Iterable[Figure]) -> str:
    rows = "".join(
        f"<tr><td>{escape(figure.name)}</td><td class='number'>{escape(str(figure.target or ''))}</td>"
        f"<td class='number'>{escape(shown(figure))}</td>"
        f"<td class='{figure.verdict}'>{figure.verdict}</td>"
        f"<td class='note'>{escape('; '.join(filter(None, (figure.note, f'{figure.source}, {figure.engine}'))))}</td></tr>"
        for figure in figures
    )
    headings = "".join(
        f"<th{' class=number' if name in ('target', 'measured') else ''}>{name}</th>"
        for name in ("figure", "target", "measured", "verdict", "what it is")
    )
    return f"<table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table>"


def finding(found: Finding) -> str:
    """Choices are shown; what theory says and what came out are folded away until the reader has predicted."""
    choices = "".join(f"<li>{escape(choice)}</li>" for choice in found.choices)
    return (
        f"<section><h2>{escape(found.question)}</h2><p class='note'>Predict first:</p><ol>{choices}</ol>"
        f"<details><summary>What happened</summary><p>{_theory(found)}</p>"
        f"<p class='answer'>{escape(found.answer)}</p>{_table(found.figures) if found.figures else ''}{_drawings(found.plots)}</details></section>"
    )


def _theory(found: Finding) -> str:
    if found.theory is None:
        return "Theory does not say: it depends on the machine."
    return f"Theory: {escape(found.choices[found.theory])}."


def _drawings(plots: Iterable[Plot]) -> str:
    return "".join(f"<figure>{svg(plot)}<figcaption>{escape(plot.note)}</figcaption></figure>" for plot in plots)
