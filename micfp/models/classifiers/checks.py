"""Checks of fitted estimators that were read from a file, shared by classifiers."""

from typing import Any

TREE_TYPES = {"TreeNode": {"sklearn.tree._tree.Tree"}}


def require(holds: bool) -> None:
    """Raise ValueError where something does not hold."""
    if not holds:
        raise ValueError("its arrays contradict each other")


def in_range(numbers: Any, least: Any, end: int) -> bool:
    """Whether all numbers are at least `least` and below `end`."""
    return bool(((numbers >= least) & (numbers < end)).all())


def check_tree(estimator: Any, n_columns: int) -> None:
    """A tree is followed from node to node and column to column: they must be there, and it end."""
    import numpy as np

    # Another estimator in its place would go unchecked.
    require(type(estimator).__name__ in ("DecisionTreeClassifier", "DecisionTreeRegressor"))
    tree = estimator.tree_
    inner = np.flatnonzero(tree.children_left != -1)
    require(tree.node_count > 0 and in_range(tree.feature[inner], 0, n_columns))
    for children in (tree.children_left[inner], tree.children_right[inner]):
        # Nodes are numbered downwards, so a path that only goes to greater numbers ends.
        require(in_range(children, inner + 1, tree.node_count))
