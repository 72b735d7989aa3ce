# micfp: from recordings to a named microphone. Targets:
#   all            feature tables, classifiers, figures, report, MLflow records (the default)
#   features       from recordings to feature tables, and no further
#   feature-study  each feature family alone and added to MFCC
#   confounds      the bench rebuilt with position, session, level and noise removed one by one


configfile: "params.yaml"


include: "workflow/rules/plan.smk"
include: "workflow/rules/steps.smk"
include: "workflow/rules/results.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        lambda wildcards: published("all"),


rule features:
    input:
        lambda wildcards: published("features"),


rule:
    name:
        "feature-study"
    input:
        lambda wildcards: published("feature-study"),


rule confounds:
    input:
        lambda wildcards: published("confounds"),
