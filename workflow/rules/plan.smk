import functools
import sys

from micfp.errors import MicfpError
from micfp.steps.plan import job_needs


# Planning happens in the main process, when a target is asked for; what a job waits for is read
# from the job's file. What a user can mend is one sentence, without Snakemake's traceback.
@functools.cache
def published(target):
    from micfp.steps.targets import only_one_coordinator, plan_target

    try:
        if not workflow.dryrun:
            only_one_coordinator()
        return plan_target(target, config)
    except MicfpError as error:
        print(f"micfp: {error}", file=sys.stderr)
        sys.exit(2)


def needs(step):
    return lambda wildcards: job_needs(step, wildcards.job)
