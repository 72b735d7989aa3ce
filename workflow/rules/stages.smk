# A rule for each stage (micfp/plan, micfp/studies): it makes the results of one job (a file under
# .micfp/jobs) and touches a stamp. What leads to a small result, stage by stage, is in the job of its
# last stage.
for stage in STAGES.values():

    rule:
        name:
            stage.rule
        input:
            needs(stage.name),
        output:
            touch(f".micfp/stamps/{stage.name}/{{job}}"),
        log:
            f".micfp/logs/{stage.name}/{{job}}.log",
        resources:
            mem_mb=asked(stage, "mem_mb"),
            runtime=asked(stage, "minutes"),
            gpu=gpus(stage),
        params:
            stage=stage.name,
            environment=stage.environment,
        shell:
            "{params.environment} micfp step {params.stage} {wildcards.job} 2>&1 | tee {log}"
