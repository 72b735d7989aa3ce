# What `micfp batch` finds in many files, a job per shard of about a thousand, and their table.
# A kill costs the shards that ran; what is there already is not found again.


@functools.cache
def batch_planned():
    from micfp.casework.batch.planned import plan_batch
    from micfp.plan.params import parse_params

    try:
        return plan_batch(parse_params(config, "params.yaml").batch)
    except MicfpError as error:
        one_sentence(error)


rule batch_shard:
    output:
        "results/batch/{shard}.jsonl",
    log:
        ".micfp/logs/batch/{shard}.log",
    wildcard_constraints:
        shard="[0-9]{6}-[0-9a-f]{16}",
    resources:
        mem_mb=1000,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        "micfp batch-shard {wildcards.shard} 2>&1 | tee {log}"


rule batch_join:
    input:
        lambda wildcards: batch_planned().shards,
    output:
        touch("results/.published/batch-{plan}"),
    log:
        ".micfp/logs/batch/join-{plan}.log",
    localrule: True
    resources:
        mem_mb=1000,
    shell:
        "micfp batch-join 2>&1 | tee {log}"


rule batch:
    input:
        lambda wildcards: batch_planned().marker,
