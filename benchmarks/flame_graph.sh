#!/bin/sh
# Draws docs/pictures/audit-flame.svg: where the worker is while `tasleek audit` audits a recording.
# py-spy goes into an environment of its own. Run it on a machine that does nothing else.
#     benchmarks/flame_graph.sh [folder of tasleek's programs [RECORDING...]]
set -eu
cd "$(dirname "$0")/.."
programs=${1:-.venv/bin}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- data/samples/recordings/s08-firm-refusal.wav
work=out/bench/flame
mkdir -p "$work"
if [ ! -x "$work/venv/bin/py-spy" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet py-spy==0.4.3
fi
rm -f "$work"/calls.duckdb*
# One thread, as each of several workers has. --idle, because a Python thread that waits for
# CTranslate2's own threads counts as idle.
TASLEEK_SPEECH__THREADS=1 "$work/venv/bin/py-spy" record --subprocesses --nonblocking --idle \
    --rate 50 --format raw --output "$work/stacks.txt" -- \
    "$programs/python" "$programs/tasleek" audit "$@" --workers 1 --offline --db "$work/calls.duckdb"
"$programs/python" benchmarks/flame_graph.py "$work/stacks.txt" docs/pictures/audit-flame.svg
