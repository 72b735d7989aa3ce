# A rule a step of micfp/steps: it makes the results of one job (a file under .micfp/jobs) and touches
# a stamp. What leads to a small result, step by step, is in the job of its last step. The numbers
# are the memory in MB that a step needs.
MEMORY_MB = {
    # from recordings to feature tables
    "bench": 1500,
    "degrade": 2000,
    "attack": 3000,
    "mimic": 1500,
    "detector": 1500,
    "detect": 1500,
    "check": 1000,
    "quality": 1000,
    "trim": 1000,
    "segments": 1000,
    "features": 1500,
    "dataset": 2000,
    "copies": 2000,
    # from frame matrices to networks
    "frames": 1500,
    "matrix": 2000,
    "train": 4000,
    "time_forward": 4000,
    "compare_methods": 1500,
    # from feature tables to results
    "fit": 1500,
    "score": 1500,
    "select": 1500,
    "overfit": 1500,
    "evaluate": 1500,
    "honesty": 1500,
    "spectrograms": 1500,
    "figures": 1500,
    "point": 1500,
    "draw": 2000,
    "study": 1000,
    "search": 2000,
    "best": 2000,
    "compare_features": 1500,
    "compare_conditions": 1500,
    "compare_attacks": 1500,
    "compare_confounds": 1500,
    "double": 4000,
    "compare_durations": 1500,
    "time_engines": 1500,
    "compare_engines": 1500,
}
# Minutes, where an hour may not do.
MINUTES = {"train": 1440, "fit": 240, "select": 240, "overfit": 240, "point": 240, "draw": 1440, "best": 240, "double": 240}

# Networks take and give back tens of megabytes at every step: fewer, larger pages are cleared sooner.
# What is computed is the same; a C library without them takes no notice.
BEFORE = {"train": "GLIBC_TUNABLES=glibc.malloc.hugetlb=1 "}

# Where a target has the name of a step, the step's rule has another.
RULES = {"features": "extract", "attack": "perturb"}

for step, mem_mb in MEMORY_MB.items():

    rule:
        name:
            RULES.get(step, step)
        input:
            needs(step),
        output:
            touch(f".micfp/stamps/{step}/{{job}}"),
        log:
            f".micfp/logs/{step}/{{job}}.log",
        resources:
            mem_mb=asked(step, MEMORY_MB),
            runtime=asked(step, MINUTES, 60),
        params:
            step=step,
            before=BEFORE.get(step, ""),
        shell:
            "{params.before}micfp step {params.step} {wildcards.job} 2>&1 | tee {log}"
