# micfp: from recordings to a named microphone. Targets:
#   all            classifiers, figures, report, MLflow records (the default)
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


rule:
    name:
        "feature-study"
    input:
        lambda wildcards: published("feature-study"),


rule confounds:
    input:
        lambda wildcards: published("confounds"),
