from micfp.report.shown import captions


wildcard_constraints:
    job="[0-9a-f]+",


# What publishes and logs runs beside Snakemake, also where the steps run on a cluster: results/ and
# the tracking server are there.

# Feature tables have no figures and no report.
rule publish_features:
    input:
        lambda wildcards: job_needs("publish", f"features-{wildcards.job}"),
    output:
        "results/.published/features-{job}",
    log:
        ".micfp/logs/publish/features-{job}.log",
    localrule: True
    resources:
        mem_mb=1000,
    shell:
        "micfp publish features-{wildcards.job} 2>&1 | tee {log}"


# What `snakemake --report` shows lies in a folder of its own, which names the run as the marker
# does: results/ itself is published whole, and not a file at a time.
rule publish:
    input:
        needs("publish"),
    output:
        "results/.published/{job}",
        report(
            ".micfp/shown/{job}/report.html",
            caption="../report/report.rst",
            category="report",
            labels={"figure": "the whole report"},
        ),
        report(
            directory(".micfp/shown/{job}/figures"),
            patterns=["{section}/{name}.svg", "{section}/{name}.png"],
            caption="../report/figure.rst",
            category="{section}",
            labels={"figure": "{name}"},
        ),
    params:
        captions=lambda wildcards: captions(wildcards.job),
    log:
        ".micfp/logs/publish/{job}.log",
    localrule: True
    resources:
        mem_mb=1500,
    shell:
        "micfp publish {wildcards.job} 2>&1 | tee {log}"


rule track:
    input:
        "results/.published/{job}",
    output:
        touch(".micfp/tracked/{server}/{job}"),
    log:
        ".micfp/logs/track/{server}/{job}.log",
    localrule: True
    resources:
        mem_mb=1500,
    shell:
        "micfp track {wildcards.job} 2>&1 | tee {log}"
