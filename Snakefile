# micfp: from recordings to a named microphone. Targets:
#   all            feature tables, classifiers, figures, report, MLflow records (the default)
#   features       from recordings to feature tables, and no further
#   grid           every configuration of the section `search`, judged by nested cross-validation
#   feature-study  each feature family alone and added to MFCC
#   confounds      the bench rebuilt with position, session, level and noise removed one by one
#   robustness     models under noise, codecs, rooms and more, trained without and with other ones
#   attack         perturbed recordings against a network, before and after each defence
#   duration       how little audio is enough: training audio doubled until a target is met
#   engines        the fast engines beside pydub and librosa: cuts, differences, times
#   thesis-settings  the thesis by its text, by its program, and ours, by both engines
#   paper          the experiments of Zeng, Zhao and Wang: paper-table5, paper-table6, paper-ablation,
#                  paper-lean, paper-transfer
#   every-utterance  each utterance tested in turn, and the methods compared on the same recordings
#   readings       the same of methods that take the paper's text in two ways
#   related        the features and classifiers that the paper reviews
#   content        trained on speech, music, sweeps, noise or silence, and tested on another
#   units          units of one model, against duration, noise, training speech and place
#   rooms          trained on one room and session or on many, tested in others
#   batch          what many files say of themselves, their quality, who made them: one row per file
#   networks       a plain CNN and a plain recurrent network beside the classifiers


# Jobs on the nodes of a cluster read the files of jobs alone: what is edited meanwhile, or half
# edited, does not reach them.
if workflow.is_main_process:

    configfile: "params.yaml"


include: "workflow/rules/plan.smk"
include: "workflow/rules/stages.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/batch.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        lambda wildcards: published("all"),


rule features:
    input:
        lambda wildcards: published("features"),


# One target for each study.
for study in STUDIES:

    rule:
        name:
            study
        input:
            lambda wildcards, study=study: published(study),


rule paper:
    input:
        lambda wildcards: [
            file for study in STUDIES if study.startswith("paper-") for file in published(study)
        ],
