
rule bench:
    input:
        needs("bench"),
    output:
        touch(".micfp/stamps/bench/{job}"),
    log:
        ".micfp/logs/bench/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step bench {wildcards.job} 2>&1 | tee {log}"


rule check:
    input:
        needs("check"),
    output:
        touch(".micfp/stamps/check/{job}"),
    log:
        ".micfp/logs/check/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step check {wildcards.job} 2>&1 | tee {log}"


rule quality:
    input:
        needs("quality"),
    output:
        touch(".micfp/stamps/quality/{job}"),
    log:
        ".micfp/logs/quality/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step quality {wildcards.job} 2>&1 | tee {log}"


rule trim:
    input:
        needs("trim"),
    output:
        touch(".micfp/stamps/trim/{job}"),
    log:
        ".micfp/logs/trim/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step trim {wildcards.job} 2>&1 | tee {log}"


rule segments:
    input:
        needs("segments"),
    output:
        touch(".micfp/stamps/segments/{job}"),
    log:
        ".micfp/logs/segments/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step segments {wildcards.job} 2>&1 | tee {log}"


rule features:
    input:
        needs("features"),
    output:
        touch(".micfp/stamps/features/{job}"),
    log:
        ".micfp/logs/features/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step features {wildcards.job} 2>&1 | tee {log}"


rule dataset:
    input:
        needs("dataset"),
    output:
        touch(".micfp/stamps/dataset/{job}"),
    log:
        ".micfp/logs/dataset/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step dataset {wildcards.job} 2>&1 | tee {log}"

