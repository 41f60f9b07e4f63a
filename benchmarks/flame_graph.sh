#!/bin/sh
# Draws docs/pictures/audit-flame.svg: where Python is while one worker audits a stereo and a mono call.
# py-spy goes into an environment of its own. Run it on a machine that does nothing else.
#     benchmarks/flame_graph.sh [folder of tasleek's programs, default .venv/bin]
set -eu
cd "$(dirname "$0")/.."
programs=${1:-.venv/bin}
work=out/bench/flame
mkdir -p "$work"
if [ ! -x "$work/venv/bin/py-spy" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet py-spy==0.4.3
fi
rm -f "$work"/calls.duckdb*
# One thread, as each of several workers has: waiting for other threads would show as work.
export TASLEEK_SPEECH__THREADS=1 OMP_NUM_THREADS=1
"$work/venv/bin/py-spy" record --subprocesses --nonblocking --rate 20 --output "$work/whole.svg" -- \
    "$programs/python" "$programs/tasleek" audit data/samples/recordings/s08-firm-refusal.wav \
    data/samples/recordings/s10-hotline-deflection.wav --workers 1 --offline --db "$work/calls.duckdb"
"$programs/python" - "$work/whole.svg" docs/pictures/audit-flame.svg <<'END'
import re
import sys

whole, to = sys.argv[1:]
with open(whole, encoding="utf-8") as file:
    drawing = file.read()


def kept(box):
    """Boxes too narrow to be seen go, and the paths of this machine."""
    share = float(re.search(r"([\d.]+)%\)</title>", box[0])[1])
    return "" if share < 0.3 else re.sub(r"(?:[\w.+-]*/)+(?=venv/)|(?<![\w.])/(?:[\w.+-]+/)+", "", box[0])


with open(to, "w", encoding="utf-8") as file:
    boxes = re.sub(r"<g>.*?</g>", kept, drawing, flags=re.DOTALL)
    file.write(re.sub(r"[^<>]*py-spy record [^<]*", "An audit of one stereo and one mono call", boxes))
END
