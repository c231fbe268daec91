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
    TIMELINE=$MIRROR/.git/iokeeper/timeline-main
}

every_id() {
    [[ -s $T/ids ]] || g log --format= --name-only | sed -n 's/.*--\([di][0-9]*\)[./].*/\1/p' | sort -u >"$T/ids"
    cat "$T/ids"
}

# asked: what is told of each resource that ever was, of what is gone, of two commits and of an old one
asked() {
    local id
    for id in $(every_id); do
        echo "== $id"
        "$IOKEEPER" log "$id" 2>&1 || true # not every branch knows it
    done
    "$IOKEEPER" log Alpha
    "$IOKEEPER" log flow/nothing 2>&1 || true
    "$IOKEEPER" list --deleted
    "$IOKEEPER" log --deleted --kind flow
    "$IOKEEPER" log --grep value -n 20
    "$IOKEEPER" log --deleted --since 2023-11-14T20:00Z --until 2023-11-15
    "$IOKEEPER" log Alpha --author ann --json
    "$IOKEEPER" used-by Alpha
    "$IOKEEPER" complete d0
    "$IOKEEPER" diff --from HEAD~20 --patch
    "$IOKEEPER" diff --from HEAD~40 --to HEAD~3
    "$IOKEEPER" diff --from HEAD~3 --to HEAD~40 --stat
    "$IOKEEPER" list --at HEAD~25
    "$IOKEEPER" list --at side
    "$IOKEEPER" show Alpha --at HEAD~10
    "$IOKEEPER" show Beta
}

# asked_of_it: what can be told with the timeline, blobs and commits alone
asked_of_it() {
    local id
    for id in $(every_id); do "$IOKEEPER" log "$id" 2>&1 || true; done
    "$IOKEEPER" list --deleted
    "$IOKEEPER" diff --from HEAD~40 --to HEAD~3
    "$IOKEEPER" list --at HEAD~25
}

# asked_trees: the same, with no timeline that could be asked
asked_trees() {
    rm -rf "$TIMELINE"
    mkdir -p "$TIMELINE"
    asked
    rmdir "$TIMELINE"
}

# forge FILE: a middle record says of its commit that it changed nothing; all sums are right
forge() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/forge.py" "$1"
}

# A submodule where a document should be is a fault, but none of the repository's own files.
is_whole() {
    "$IOKEEPER" check >"$T/check" || true
    grep -q verified "$T/check"
    not grep '^fault  *\.git' "$T/check"
}

@test "what is told is the same with the timeline and without it, whatever the past" {
    local first=$SEED
    for SEED in "$first" $((first + 1)); do
        rm -rf "$MIRROR" "$T/ids"
        past 100
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
    local id now ids paths
    for id in $(every_id); do
        now=$(sed -n "s/^  $id: //p" "$MIRROR/account/idmap.yaml")
        mapfile -t ids < <(sed -n "s/^  \(d[0-9]*\): ${now:-$id}\$/\1/p" "$MIRROR/account/idmap.yaml")
        paths=()
        for now in "${now:-$id}" "${ids[@]}"; do paths+=(":(glob)**/*--$now.*" ":(glob)**/*--$now/**"); done
        # A submodule that comes or goes is no document.
        g log --first-parent -m --raw --no-renames --format='= %H' -- "${paths[@]}" |
            awk '/^= / { commit = substr($2, 1, 10) }
                 (/^:100/ || $2 ~ /^100/) && commit != told { print told = commit }' >"$T/git"
        { "$IOKEEPER" log "$id" 2>"$T/ignored" || true; } | sed -n 's/^\([0-9a-f]\{10\}\)  .*/\1/p' >"$T/ours"
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
    "$IOKEEPER" log "$(g ls-files -s -- account integrations | sed -n 's/^100644 .*--\(d[0-9]*\)[.].*/\1/p' | head -n 1)" >"$T/other"
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
    for at in 5 "$((size / 2))" "$((size - 1))"; do
        cp "$T/timeline" "$TIMELINE"
        /usr/bin/python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2])); byte = file.read(1)[0]
    file.seek(-1, 1); file.write(bytes([byte ^ 4]))' "$TIMELINE" "$at"
        expect 1 check
        says ".git/iokeeper/timeline-main"
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

@test "what it says is what is told: without a tree of the past, and forged; check is not taken in" {
    past 80
    asked >"$T/whole"
    cp -r "$MIRROR" "$T/mirror"
    # Only the newest trees are left, and all commits and blobs.
    g rev-parse 'HEAD^{tree}' >"$T/newest"
    g ls-tree -rt HEAD | awk '$2 == "tree" { print $3 }' >>"$T/newest"
    g cat-file --batch-all-objects --batch-check='%(objectname) %(objecttype)' | awk '$2 != "tree" { print $1 }' |
        sort - "$T/newest" >"$T/left"
    g pack-objects -q "$T/left.pack" <"$T/left" >/dev/null
    rm -rf "$MIRROR"/.git/objects/pack/* "$MIRROR"/.git/objects/[0-9a-f][0-9a-f]
    cp "$T"/left.pack-* "$MIRROR/.git/objects/pack/"
    (cd "$MIRROR/.git/objects/pack" && for file in left.pack-*; do mv "$file" "${file/left./}"; done)
    not g log -p --format= -- 'account/*' >/dev/null 2>&1
    asked_of_it >"$T/bare"
    rm -rf "$MIRROR"
    mv "$T/mirror" "$MIRROR"
    asked_of_it | diff - "$T/bare"
    local commit id
    commit=$(forge "$TIMELINE")
    id=$(g show --first-parent -m --format= --name-only "$commit" -- account integrations | sed -n 's/.*--\(d[0-9]*\)[./].*/\1/p' | head -n 1)
    not grep -q "${commit:0:10}" <("$IOKEEPER" log "$id")
    grep -q "${commit:0:10}" "$T/whole"
    expect 1 check
    says "says other things of a commit"
    rm "$TIMELINE"
    asked >"$T/again"
    diff "$T/whole" "$T/again"
}

@test "where it cannot be made, the trees answer: a shallow clone, a lost tree, a folder too deep, a full disk" {
    past 60
    local id
    id=$(g diff --name-only HEAD~8 HEAD -- account integrations | sed -n 's/.*--\(d[0-9]*\)[.].*/\1/p' | head -n 1)
    asked_trees >"$T/trees"
    git clone -q --depth 20 "file://$MIRROR" "$T/shallow"
    IOKEEPER_MIRROR=$T/shallow "$IOKEEPER" log "$id" -n 1 >/dev/null
    local deep
    deep=$(printf 'n/%.0s' {1..70})
    mkdir -p "$MIRROR/$deep"
    touch "$MIRROR/$deep/x"
    as Ann '2030-01-01T00:00:00Z' Deep
    rm -rf "$MIRROR/n"
    as Ann '2030-01-01T00:01:00Z' 'No more'
    "$IOKEEPER" log "$id" >"$T/deep"
    [[ -s $T/deep ]]
    g reset -q --hard HEAD~2
    if [[ $EUID -eq 0 ]] && mkdir "$T/full" && mount -t tmpfs -o size=64k none "$T/full" 2>"$T/ignored"; then
        rm -rf "$MIRROR/.git/iokeeper"
        ln -s "$T/full" "$MIRROR/.git/iokeeper" # what stands there is not gone through: nor is it a folder
        asked >"$T/linked"
        rm "$MIRROR/.git/iokeeper"
        mkdir "$MIRROR/.git/iokeeper"
        mount --bind "$T/full" "$MIRROR/.git/iokeeper"
        head -c 100000 /dev/zero >"$T/full/rest" 2>"$T/ignored" || true
        asked >"$T/full.told"
        umount "$MIRROR/.git/iokeeper"
        umount "$T/full"
        diff "$T/trees" "$T/linked"
        diff "$T/trees" "$T/full.told"
    fi
    g gc -q
    mkdir "$T/packs"
    mv "$MIRROR"/.git/objects/pack/* "$T/packs"
    g unpack-objects -q <"$(ls "$T/packs/"*.pack)"
    local tree
    tree=$(g rev-parse 'HEAD~40^{tree}')
    rm -f "$MIRROR/.git/objects/${tree:0:2}/${tree:2}" "$TIMELINE"
    "$IOKEEPER" log "$id" -n 1 >/dev/null
}

@test "two branches of one repository have a timeline each" {
    past 60
    g branch -q this/way HEAD~20
    printf 'api:\n  url: http://127.0.0.1:1/v1\nmirror:\n  path: %s\n  branch: this/way\n' "$MIRROR" >"$T/side.yaml"
    "$IOKEEPER" log d000 >/dev/null
    cp "$TIMELINE" "$T/main"
    env -u IOKEEPER_MIRROR -u IOKEEPER_API_URL "$IOKEEPER" --config "$T/side.yaml" log d000 >"$T/side"
    cmp "$T/main" "$TIMELINE"
    cmp "$MIRROR/.git/iokeeper/timeline-this%2Fway" <(head -c "$(wc -c <"$MIRROR/.git/iokeeper/timeline-this%2Fway")" "$TIMELINE")
    "$IOKEEPER" log d000 >/dev/null
    cmp "$T/main" "$TIMELINE"
    is_whole
}

@test "looking where nothing is new writes nothing" {
    past 60
    "$IOKEEPER" log d000 >/dev/null
    snapshot "$MIRROR/.git/iokeeper" >"$T/before"
    sleep 0.05
    asked >/dev/null
    snapshot "$MIRROR/.git/iokeeper" | diff "$T/before" -
}

@test "while another one writes it, and where it cannot be written, the trees are asked" {
    past 60
    asked_trees >"$T/trees"
    "$IOKEEPER" log d000 >/dev/null
    cp "$TIMELINE" "$T/timeline"
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
    cp "$T/timeline" "$T/elsewhere"
    forge "$T/elsewhere"
    asked >"$T/link" # nor is it read through a link
    diff "$T/trees" "$T/link"
    rm "$TIMELINE"
    mkfifo "$TIMELINE"
    asked >"$T/pipe"
    diff "$T/trees" "$T/pipe"
    timeout -k 5 60 "$IOKEEPER" check
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
    for _ in {1..500}; do
        [[ ! -e $TIMELINE || $(wc -c <"$TIMELINE") -lt 20000 ]] || break
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
    TIMELINE=$MIRROR/.git/iokeeper/timeline-main
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
