#!/bin/sh
# What became of a Slurm job: "running" (or waiting), "success" or "failed".
said=$(scontrol -o show job "$1" 2>&1)
case $said in
*JobState=*) ;;
# Slurm has forgotten it: to fail costs one more job, which finds what this one made in the store.
*"Invalid job id"*) said="JobState=FORGOTTEN" ;;
# Slurm does not answer just now.
*) said="JobState=PENDING" ;;
esac
state=${said#*JobState=}
case ${state%% *} in
COMPLETED) echo success ;;
BOOT_FAIL | CANCELLED | DEADLINE | FAILED | FORGOTTEN | NODE_FAIL | OUT_OF_MEMORY | TIMEOUT) echo failed ;;
*) echo running ;;
esac
