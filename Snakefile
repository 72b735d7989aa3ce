# micfp: from recordings to a named microphone. Targets:
#   all            feature tables, classifiers, figures, report, MLflow records (the default)
#   features       from recordings to feature tables, and no further
#   grid           every configuration of the section `search`, judged by nested cross-validation
#   feature-study  each feature family alone and added to MFCC
#   confounds      the bench rebuilt with position, session, level and noise removed one by one


# Jobs on the nodes of a cluster read the files of jobs alone: what is edited meanwhile, or half
# edited, does not reach them.
if workflow.is_main_process:

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


rule grid:
    input:
        lambda wildcards: published("grid"),


rule:
    name:
        "feature-study"
    input:
        lambda wildcards: published("feature-study"),


rule confounds:
    input:
        lambda wildcards: published("confounds"),
