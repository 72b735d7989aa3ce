"""Which report a study stands in: a report is of one corpus."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from micfp.engine.places import folder_name
from micfp.report.published import Published, Run
from micfp.report.wording import is_of_bench


class Page(Protocol):
    """What is asked of a study."""

    @property
    def section(self) -> str:
        """Its section of the parameters."""

    @property
    def report(self) -> Callable[..., Any]:
        """Gives its section of the report; studies that share one stand in one report."""


def by_report(published: Published, studies: Mapping[str, Page]) -> dict[str, Published]:
    """What each report is of, by its name; the empty name is that of the main report.

    The main report is of the corpus of `all`; where that was not run, of the first study. A study
    of another corpus, or of several, has a report of its own.
    """
    runs = published.runs
    if published.experiment is not None:
        main: Any = _recordings(published.experiment)
    else:
        main = next((_corpora(run, studies[target]) for target, run in runs.items()), None)
    names: dict[Any, str] = {}
    found: dict[str, dict[str, Run]] = {"": {}}
    for target, run in runs.items():
        page = studies[target]
        first = names.setdefault(page.report, folder_name(target))
        name = "" if _corpora(run, page) == main else first
        found.setdefault(name, {})[target] = run
    return {
        name: Published(published.experiment if name == "" else None, own)
        for name, own in found.items()
    }


def _corpora(run: Run, page: Page) -> Any:
    """What a study is about: corpora of its own, or that of `all`."""
    return run.params.get(page.section, {}).get("corpora") or _recordings(run)


def _recordings(run: Run) -> Any:
    """The corpus of a run; a simulated one is what the bench is."""
    params = run.params
    return params["corpus"], params["bench"] if is_of_bench(params) else None
