import functools
import sys

from micfp.errors import MicfpError
from micfp.extras import extras_named
from micfp.engine.packing import job_asks, job_needs
from micfp.plan.params_file import check_plain
from micfp.studies.registry import STAGES, STUDIES


def one_sentence(error):
    print(f"micfp: {error}", file=sys.stderr)
    sys.exit(2)


# Before Snakemake itself writes the parameters out, which may never end: it has read the files of
# --configfile by its own reader, and counted nothing.
if workflow.is_main_process:
    try:
        check_plain(config, "the parameters (params.yaml and presets)")
    except MicfpError as error:
        one_sentence(error)


# Planning happens in the main process, when a target is asked for; what a job waits for is read
# from the job's file. What a user can mend is one sentence, without Snakemake's traceback.
@functools.cache
def published(target):
    from micfp.studies.targets import plan_target

    try:
        with extras_named():
            return plan_target(
                target, config, look_only=workflow.dryrun, on_cluster=workflow.non_local_exec
            )
    except MicfpError as error:
        one_sentence(error)


def needs(stage):
    return lambda wildcards: job_needs(stage, wildcards.job)


# What a job asks of a cluster; twice as much with each retry, for one that was killed for want of it.
def asked(stage, what):
    return lambda wildcards, attempt: job_asks(stage.name, wildcards.job, what) * 2 ** (attempt - 1)


# A graphics processor is asked for where the command or profile says how many there are
# (--resources gpu=2). Asked before there are rules: Snakemake counts what they name as offered, too.
GPUS_OFFERED = "gpu" in workflow.global_resources


def gpus(stage):
    return lambda wildcards: GPUS_OFFERED * job_asks(stage.name, wildcards.job, "gpus")
