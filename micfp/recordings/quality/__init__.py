"""The sanity check: what is wrong with a recording, before anything is learnt from it.

`measuring` takes the numbers of one recording in one pass, `synchrony` compares recordings of one
content, `table` compares the numbers with the thresholds and keeps, drops or stops; `spectrogram`
shows the passage that `measuring` found loudest.

Levels are in dBFS: 0 dBFS is the power of a full-scale square wave, so that a full-scale sine has
-3.01 dBFS and a constant of 0.01 has -40 dBFS. Nothing is below `levels.LOWEST_DBFS`.
"""
