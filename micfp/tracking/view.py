"""The view of an experiment that MLflow's pages open with: columns that say what a run is.

MLflow keeps the columns of a table in the browser of who looks. A view that is shared is a tag of
the experiment, and an address that names it shows it to everybody.
"""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "micfp"
TAG = f"mlflow.sharedViewState.{NAME}"
NOTE = "mlflow.note.content"  # what the page says above the runs
COLUMNS = (
    "attributes.`Created`",
    "attributes.`Duration`",
    "tags.`micfp.corpus`",
    "metrics.`inner`",
    "metrics.`accuracy`",
    "metrics.`recording_accuracy`",
    "params.`chosen`",
    "params.`split.kind`",
)
# A view is all that the page keeps: what is left out is not the default, but missing.
STATE = {
    "searchFilter": "",
    "orderByKey": "attributes.start_time",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": COLUMNS,
    "columnOrder": [],
    "columnWidths": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "FIRST_10_RUNS",
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "groupBy": None,
    "groupsExpanded": {},
    "autoRefreshEnabled": True,
    "globalLineChartConfig": {
        "xAxisKey": "step",
        "lineSmoothness": 0,
        "selectedXAxisMetricKey": "",
    },
}
TEXT = """\
[Runs with their corpus and scores]({address}). A row is an order; the sign before its name opens \
the fits below it. `inner` is what is chosen by, `accuracy` is of the test part; of a search it is \
that of all outer folds, each with its own choice. Scores under different splits do not compare.
"""


def set_view(client: "MlflowClient", experiment: str) -> None:
    """Keep the view with an experiment, by its number, and point to it above its runs."""
    tags = client.get_experiment(experiment).tags
    for name, value in ((TAG, json.dumps(STATE)), (NOTE, TEXT.format(address=address(experiment)))):
        if name == NOTE and name in tags:  # a person may have written another
            continue
        if tags.get(name) != value:
            client.set_experiment_tag(experiment, name, value)


def address(experiment: str) -> str:
    """Where the view is, below the address of the server."""
    return f"#/experiments/{experiment}/runs?viewStateShareKey={NAME}"
