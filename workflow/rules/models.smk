
rule fit:
    input:
        needs("fit"),
    output:
        touch(".micfp/stamps/fit/{job}"),
    log:
        ".micfp/logs/fit/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step fit {wildcards.job} 2>&1 | tee {log}"


rule select:
    input:
        needs("select"),
    output:
        touch(".micfp/stamps/select/{job}"),
    log:
        ".micfp/logs/select/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step select {wildcards.job} 2>&1 | tee {log}"


rule overfit:
    input:
        needs("overfit"),
    output:
        touch(".micfp/stamps/overfit/{job}"),
    log:
        ".micfp/logs/overfit/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step overfit {wildcards.job} 2>&1 | tee {log}"


rule evaluate:
    input:
        needs("evaluate"),
    output:
        touch(".micfp/stamps/evaluate/{job}"),
    log:
        ".micfp/logs/evaluate/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step evaluate {wildcards.job} 2>&1 | tee {log}"


rule honesty:
    input:
        needs("honesty"),
    output:
        touch(".micfp/stamps/honesty/{job}"),
    log:
        ".micfp/logs/honesty/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step honesty {wildcards.job} 2>&1 | tee {log}"


rule figures:
    input:
        needs("figures"),
    output:
        touch(".micfp/stamps/figures/{job}"),
    log:
        ".micfp/logs/figures/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step figures {wildcards.job} 2>&1 | tee {log}"


rule compare_features:
    input:
        needs("compare_features"),
    output:
        touch(".micfp/stamps/compare_features/{job}"),
    log:
        ".micfp/logs/compare_features/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step compare_features {wildcards.job} 2>&1 | tee {log}"


rule compare_confounds:
    input:
        needs("compare_confounds"),
    output:
        touch(".micfp/stamps/compare_confounds/{job}"),
    log:
        ".micfp/logs/compare_confounds/{job}.log",
    resources:
        mem_mb=1500,
    shell:
        "micfp step compare_confounds {wildcards.job} 2>&1 | tee {log}"

