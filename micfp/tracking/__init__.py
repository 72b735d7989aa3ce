"""What MLflow keeps of a run: the only package that imports mlflow.

`records` reads from the store what there is to say, `log` writes it, `registry` crowns the
champion, `fetch` gets a model back.
"""
