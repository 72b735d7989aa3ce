import functools
import sys

from micfp.errors import MicfpError
from micfp.report.published import EXPERIMENTS
from micfp.engine.packing import job_needs, job_steps


# Planning happens in the main process, when a target is asked for; what a job waits for is read
# from the job's file. What a user can mend is one sentence, without Snakemake's traceback.
@functools.cache
def published(target):
    from micfp.studies.targets import plan_target

    try:
        return plan_target(
            target, config, look_only=workflow.dryrun, on_cluster=workflow.non_local_exec
        )
    except MicfpError as error:
        print(f"micfp: {error}", file=sys.stderr)
        sys.exit(2)


def needs(step):
    return lambda wildcards: job_needs(step, wildcards.job)


# What a job asks of a cluster: what the dearest of its steps does; twice as much with each retry, for
# one that was killed for want of it.
def asked(step, amounts, otherwise=None):
    return lambda wildcards, attempt: 2 ** (attempt - 1) * max(
        amounts.get(name, otherwise) for name in job_steps(step, wildcards.job)
    )
