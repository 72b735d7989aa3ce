rule publish:
    input:
        needs("publish"),
    output:
        "results/.published/{job}",
    log:
        ".micfp/logs/publish/{job}.log",
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
    resources:
        mem_mb=1500,
    shell:
        "micfp track {wildcards.job} 2>&1 | tee {log}"
