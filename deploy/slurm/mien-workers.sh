#!/usr/bin/env bash
# Workers as an array of Slurm: each takes what waits in the queue until nothing does, or its time is over.
#
#   mien jobs submit footage/ --every 200ms --database "$MIEN_DATABASE" --store /shared/mien
#   sbatch --array=1-20 mien-workers.sh
#
# `scancel --batch --signal=TERM JOB` stops it in good order, with up to 240 s for what is being read. Plain `scancel` also ends ffmpeg:
# what was being read is read again by another worker.
#
# It needs a PostgreSQL server that the nodes reach (MIEN_DATABASE, in a file that you alone can read), and a folder that all
# of them share (MIEN_STORE).
#SBATCH --job-name=mien
#SBATCH --cpus-per-task=2
#SBATCH --mem=3G
#SBATCH --time=04:00:00
#SBATCH --output=mien-%A-%a.log
# SIGTERM to this script five minutes before the time is over: work that is not done goes back to the queue.
#SBATCH --signal=B:TERM@300
# A node that fails starts its worker again elsewhere.
#SBATCH --requeue
set -euo pipefail

settings=${MIEN_SETTINGS:-$HOME/.config/mien/worker.env}
if [[ -r $settings ]]; then
  set -o allexport
  # shellcheck source=/dev/null
  source "$settings"
  set +o allexport
fi
: "${MIEN_DATABASE:?set it in $settings}" "${MIEN_STORE:?set it in $settings}"

mien worker --store "$MIEN_STORE" --jobs "${SLURM_CPUS_PER_TASK:-1}" --grace 240 &
worker=$!
pause=
stopping=
stop() {
  stopping=yes
  kill -TERM "$worker" 2>/dev/null || true
}
trap stop TERM INT
trap 'kill "$pause" 2>/dev/null || true' EXIT

count_open() {
  mien jobs status --format json --store "$MIEN_STORE" | node --eval '
    const jobs = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    console.log(jobs.filter(({ state }) => state === "queued" || state === "running").length);
  '
}

# A worker waits for work for ever; this script ends it when no job is open, so that the node is free for others.
while kill -0 "$worker" 2>/dev/null; do
  sleep "${MIEN_POLL_SECONDS:-60}" &
  pause=$!
  # Whichever ends first, so that a worker that was stopped does not hold its node for another minute; or a signal.
  wait -n "$worker" "$pause" || true
  # A signal to all processes of the job ended the pause too: nothing is left to ask.
  if kill "$pause" 2>/dev/null || [[ -n $stopping ]]; then continue; fi
  open=$(count_open) || continue # The database may just be down.
  if [[ $open == 0 ]]; then stop; fi
done
code=0
wait "$worker" || code=$?
exit "$code"
