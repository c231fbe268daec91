#!/usr/bin/env bats
# The timeline is a cache: with it, without it, behind, damaged or begun by another branch, what is answered is the same. What
# is answered without it is the oracle; where the file's place is taken by a folder there is none.
load helpers
load made

SEED=${SEED:-20261129}

# past COMMITS: a mirror with a made-up past
past() {
    MIRROR=$T/world/mirror
    export IOKEEPER_API_URL=http://127.0.0.1:1/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$MIRROR
    git init -q -b main "$MIRROR"
    echo "seed $SEED (set SEED to change it)"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/past.py" "$SEED" "$1" | g fast-import --quiet --done
    g reset -q --hard
    TIMELINE=$MIRROR/.git/iokeeper/timeline
}

every_id() {
    g log --format= --name-only | sed -n 's/.*--\([di][0-9]*\)[./].*/\1/p' | sort -u
}

# asked: what is told of each resource that ever was, of what is gone, of two commits and of an old one
asked() {
    local id
    for id in $(every_id); do
        echo "== $id"
        "$IOKEEPER" log "$id"
    done
    "$IOKEEPER" log Alpha
    "$IOKEEPER" log flow/nothing 2>&1 || true
    "$IOKEEPER" list --deleted
    "$IOKEEPER" log --deleted --kind flow
    "$IOKEEPER" log --grep value -n 20
    "$IOKEEPER" diff --from HEAD~40 --to HEAD~3
    "$IOKEEPER" diff --from HEAD~3 --to HEAD~40 --stat
    "$IOKEEPER" list --at HEAD~25
    "$IOKEEPER" list --at side
    "$IOKEEPER" show Alpha --at HEAD~10
    "$IOKEEPER" show Beta
}

# asked_trees: the same, with no timeline that could be asked
asked_trees() {
    rm -rf "$TIMELINE"
    mkdir -p "$TIMELINE"
    asked
    rmdir "$TIMELINE"
}

is_whole() {
    "$IOKEEPER" check >"$T/check" || { cat "$T/check" >&2; return 1; }
}

@test "what is told is the same with the timeline and without it, whatever the past" {
    local first=$SEED
    for SEED in "$first" $((first + 1)) $((first + 2)); do
        rm -rf "$MIRROR"
        past 120
        asked_trees >"$T/trees"
        not test -e "$TIMELINE"
        asked >"$T/first"
        test -s "$TIMELINE"
        asked >"$T/again"
        diff "$T/trees" "$T/first"
        diff "$T/trees" "$T/again"
        is_whole
    done
}

@test "git tells the same commits of a resource, by the paths that have its id" {
    past 150
    local id
    for id in $(every_id); do
        g log --first-parent -m --format=%h --abbrev=10 -- ":(glob)**/*--$id.*" ":(glob)**/*--$id/**" >"$T/git"
        "$IOKEEPER" log "$id" | sed -n 's/^\([0-9a-f]\{10\}\)  .*/\1/p' >"$T/ours"
        diff "$T/git" "$T/ours"
    done
}

@test "a timeline that is behind is added to, one of another past is cut back or begun anew" {
    past 100
    g branch -q all
    g reset -q --hard HEAD~30
    "$IOKEEPER" log d000 >/dev/null
    cp "$TIMELINE" "$T/short"
    g reset -q --hard all
    asked_trees >"$T/trees"
    cp "$T/short" "$TIMELINE"
    asked >"$T/behind"
    diff "$T/trees" "$T/behind"
    cmp -n "$(wc -c <"$T/short")" "$T/short" "$TIMELINE"
    cp "$TIMELINE" "$T/long"
    # The branch set back, and on from there.
    g reset -q --hard HEAD~30
    echo more >"$MIRROR/more.txt"
    as Ann '2030-01-01T00:00:00Z' More
    "$IOKEEPER" log d000 >/dev/null
    cmp -n "$(wc -c <"$T/short")" "$T/short" "$TIMELINE"
    not cmp -s "$T/long" "$TIMELINE"
    asked >"$T/cut"
    asked_trees | diff - "$T/cut"
    # Another past altogether.
    g checkout -q --orphan other
    as Bob '2030-01-02T00:00:00Z' Other
    g branch -q -M main
    "$IOKEEPER" log d001 >"$T/other"
    equal "commits" "$(grep -c '^[0-9a-f]\{10\}  ' "$T/other")" 1
    is_whole
}

@test "damage, anywhere in the timeline, is found by check, does not count, and is mended by whoever looks back" {
    past 60
    asked_trees >"$T/trees"
    asked >"$T/whole"
    cp "$TIMELINE" "$T/timeline"
    local size at
    size=$(wc -c <"$TIMELINE")
    for at in 0 5 "$((size / 7))" "$((size / 2))" "$((size - 1))"; do
        cp "$T/timeline" "$TIMELINE"
        /usr/bin/python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2])); byte = file.read(1)[0]
    file.seek(-1, 1); file.write(bytes([byte ^ 4]))' "$TIMELINE" "$at"
        expect 1 check
        says ".git/iokeeper/timeline"
        says "nothing is lost"
        asked >"$T/after"
        diff "$T/trees" "$T/after"
        cmp "$T/timeline" "$TIMELINE"
    done
    head -c $((size - 3)) "$T/timeline" >"$TIMELINE"
    expect 1 check
    "$IOKEEPER" log d000 >/dev/null
    cmp "$T/timeline" "$TIMELINE"
    cat "$T/timeline" <(head -c 100 /dev/zero) >"$TIMELINE"
    expect 1 check
    "$IOKEEPER" log d000 >/dev/null
    cmp "$T/timeline" "$TIMELINE"
    is_whole
}

@test "while another one writes it, and where it cannot be written, the trees are asked" {
    past 60
    asked_trees >"$T/trees"
    "$IOKEEPER" log d000 >/dev/null
    head -c 200 "$TIMELINE" >"$T/begun"
    cp "$T/begun" "$TIMELINE"
    exec 8<>"$TIMELINE"
    flock 8
    asked >"$T/held" 8>&-
    diff "$T/trees" "$T/held"
    cmp "$T/begun" "$TIMELINE"
    is_whole # what another one writes is not judged
    exec 8>&-
    ln -sf "$T/elsewhere" "$TIMELINE"
    asked >"$T/link"
    diff "$T/trees" "$T/link"
    not test -e "$T/elsewhere"
}

@test "two who look back at once do not spoil it" {
    past 200
    asked_trees >"$T/trees"
    local i pids=()
    for i in 1 2 3 4; do
        "$IOKEEPER" log d000 >"$T/at-once.$i" 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    for i in 2 3 4; do cmp "$T/at-once.1" "$T/at-once.$i"; done
    is_whole
    asked | diff "$T/trees" -
}

@test "Ctrl-C leaves a beginning that counts, and the next one goes on there" {
    past 60
    /usr/bin/python3 - <<'PY' | g fast-import --quiet --force
print("reset refs/heads/main\nfrom refs/heads/main^0\n")
for n in range(20000):
    print(f"commit refs/heads/main\ncommitter A <a@example.com> {1770000000 + n} +0000\ndata 2\nx\n"
          f"M 100644 inline notes.txt\ndata {len(str(n))}\n{n}\n")
PY
    g reset -q --hard
    "$IOKEEPER" log d000 >"$T/out" 2>"$T/err" 3>&- &
    local pid=$! code=0
    for _ in {1..200}; do
        [[ ! -s $TIMELINE ]] || break
        sleep 0.01
    done
    kill -INT "$pid"
    wait "$pid" || code=$?
    equal "exit code" "$code" 130
    equal "told" "$(<"$T/out")" ""
    is_whole
    cp "$TIMELINE" "$T/begun"
    "$IOKEEPER" log d000 >"$T/out"
    cmp -n "$(wc -c <"$T/begun")" "$T/begun" "$TIMELINE"
    test "$(wc -c <"$TIMELINE")" -gt "$(wc -c <"$T/begun")"
    is_whole
}

@test "each sync that commits adds to it, and adds what looking back would" {
    sim_start_small
    expect 0 sync
    TIMELINE=$MIRROR/.git/iokeeper/timeline
    test -s "$TIMELINE"
    local n
    for n in 1 2 3; do
        cp "$TIMELINE" "$T/before"
        admin POST "/mutate?seed=$n&edits=3&adds=2&deletes=1"
        expect 0 sync
        cmp -n "$(wc -c <"$T/before")" "$T/before" "$TIMELINE"
        test "$(wc -c <"$TIMELINE")" -gt "$(wc -c <"$T/before")"
    done
    cp "$TIMELINE" "$T/kept"
    expect 0 sync # nothing new
    cmp "$T/kept" "$TIMELINE"
    rm "$TIMELINE"
    expect 0 log --deleted
    cmp "$T/kept" "$TIMELINE"
    is_whole
}
