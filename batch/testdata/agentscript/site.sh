#!/bin/bash
umask 077

# What is printed from here on goes to a log of the owner's own. Without one the
# job runs all the same.
berth_dir='/scratch/'"$USER"'/berth logs'
berth_log="$berth_dir"/'k3jq-2.log'
if { mkdir -p -- "$berth_dir" && [ -O "$berth_dir" ] && : >>"$berth_log"; } 2>/dev/null; then
	exec >>"$berth_log" 2>&1
fi
unset berth_dir berth_log

# Jobs are submitted with --export=NONE. Left in place, this would make an srun
# inside the session drop the session's environment.
unset SLURM_EXPORT_ENV

module purge
module load berth/1.2

# The shell becomes the agent, so that signals to the job reach it. The line below
# is its greeting; it stands nowhere else.
exec -- '/opt/my site/berth' 'agent' '--note=it'\''s' <<'BERTH_HELLO'
{"claim":"xyz"}
BERTH_HELLO
