"""Tables of models: the chosen one first, then by what the choice was made by."""

from micfp.report.blocks import Fold, Table
from micfp.report.published import read_published
from micfp.report.section_honesty import honesty
from micfp.report.section_results import measures, results, times
from micfp.studies.registry import STUDIES

ORDER = ["lda-ltas-plain (chosen)", "nb-thesis-plain", "knn-thesis-plain", "svc-thesis-plain"]
INNER = {
    "svc-thesis-plain": 0.5,
    "knn-thesis-plain": 0.7,
    "lda-ltas-plain": 0.6,
    "nb-thesis-plain": 0.9,
}


def tables(blocks):
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Fold):
            yield from tables(block.blocks)


def test_the_chosen_model_is_first_then_the_highest_inner_score(new_results):
    made = new_results(models=list(INNER))
    for row in made.model_rows:
        row["inner"] = INNER[row["model"]]
    experiment = read_published(made.write(), STUDIES).experiment
    sections = [part(experiment) for part in (results, measures, honesty, times)]
    of_models = [
        table
        for section in sections
        for table in tables(section.blocks)
        if table.columns[0] == "Model"
    ]
    # results; segments, recordings, decisions, calibration; splits by segment and recording; times
    assert len(of_models) == 8
    for table in of_models:
        names = [row[0] for row in table.rows]
        assert [name.removesuffix(" (chosen)") for name in names] == [
            name.removesuffix(" (chosen)") for name in ORDER
        ]
    assert [row[0] for row in of_models[0].rows] == ORDER
    assert of_models[0].marked == {0}
