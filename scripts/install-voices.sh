#!/bin/sh
# Install what rebuilding the sample calls needs on Debian: the mbrola synthesizer (contrib),
# its Arabic voices (non-free) and sox. The components are enabled in a file of their own, derived
# from the machine's existing apt sources, so that the same mirror and signing key are used.
# Run as root. Undo: remove the file(s) tasleek-voices.* below and run `apt-get update`.
set -eu

sources=/etc/apt/sources.list.d
if [ "$(id -u)" -ne 0 ]; then
    echo "install-voices: run me as root (sudo $0)" >&2
    exit 2
fi

if [ -f "$sources/debian.sources" ]; then
    # The deb822 format: one stanza a repository, components on a line of their own.
    sed 's/^Components:.*/Components: contrib non-free/' "$sources/debian.sources" \
        > "$sources/tasleek-voices.sources"
elif [ -f /etc/apt/sources.list ] && grep -q '^deb .* main' /etc/apt/sources.list; then
    # The one-line format.
    sed -n 's/^\(deb .*[^ ]\)  *main.*$/\1 contrib non-free/p' /etc/apt/sources.list \
        > "$sources/tasleek-voices.list"
else
    echo "install-voices: no Debian source found under /etc/apt; enable contrib and non-free" \
        "by hand, then: apt-get install mbrola mbrola-ar1 mbrola-ar2 sox libsox-fmt-all" >&2
    exit 1
fi

apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    mbrola mbrola-ar1 mbrola-ar2 sox libsox-fmt-all
