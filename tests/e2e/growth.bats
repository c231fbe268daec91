#!/usr/bin/env bats
# The repository stays small: loose objects become packs, as `git gc --auto` would do it, and nothing is lost by it.

load helpers

# grown: a mirror with a few hundred loose objects and what it holds in $T/objects; git counts them as too many
grown() {
    sim_start --integrations 6 --flows 4 --exports 4 --imports 4 --connections 6 --audit 3 --users 1
    expect 0 sync
    g config gc.auto 0
    local n
    for n in 1 2 3 4 5 6 7 8; do change "$n"; done
    objects >"$T/objects"
    [[ $(loose) -gt 200 ]]
    g config gc.auto 1
    until [[ -d $MIRROR/.git/objects/17 ]]; do # the folder that git samples, too
        change "$((n += 1))" gc.auto=0
        objects >"$T/objects"
    done
}

# change SEED [SETTING]: in the account, and a cycle for it
change() {
    [[ $# -lt 2 ]] || g config "${2%=*}" "${2#*=}"
    admin POST "/mutate?seed=$1&edits=6&adds=1&deletes=1"
    expect 0 sync
    [[ $# -lt 2 ]] || g config "${2%=*}" 1
}

objects() {
    g cat-file --batch-all-objects --batch-check | sort
}

loose() {
    g count-objects | cut -d' ' -f1
}

# lost: objects of $T/objects that are there no more
lost() {
    comm -23 "$T/objects" <(objects)
}

@test "many loose objects become a pack, and all of them are still there" {
    grown
    change 100
    equal "loose" "$(loose)" 0
    equal "packs" "$(find "$MIRROR/.git/objects/pack" -name '*.pack' | wc -l)" 2
    equal "lost" "$(lost)" ""
    equal "half-written" "$(find "$MIRROR/.git/iokeeper/tmp" "$MIRROR/.git/objects/pack" -type f | grep -vc '/pack-[0-9a-f]*\.\(pack\|idx\)$' || true)" 0
    mirror_is_sound
    mirror_matches_account
    expect 0 check
    change 101
    mirror_is_sound
}

@test "few are left as they are; gc.auto 0 is never" {
    grown
    g config gc.auto 0
    local before
    before=$(loose)
    change 100 gc.auto=0
    [[ $(loose) -gt $before ]]
    g config --unset gc.auto
    change 101 gc.auto=6700
    [[ $(loose) -gt $before ]]
}

@test "a damaged one is told, and nothing is taken away" {
    grown
    local object before
    object=$(find "$MIRROR"/.git/objects/[0-9a-f][0-9a-f] -type f -size +0 | grep -v "$(head_of | cut -c3-)" | sort | head -n 1)
    chmod u+w "$object"
    before=$(loose)
    dd if=/dev/zero of="$object" bs=1 seek=5 count=3 conv=notrunc status=none
    admin POST "/mutate?seed=100&edits=1"
    expect 0 --json sync
    contains "notes" "$(jq -r 'select(.type == "summary") | .notes[]?' "$T/out")$(<"$T/err")$(<"$T/out")" "could not be packed"
    [[ $(loose) -gt $before ]]
    equal "packs" "$(find "$MIRROR/.git/objects/pack" -name '*.pack' | wc -l)" 1
    equal "half-written" "$(find "$MIRROR/.git/iokeeper/tmp" -type f | wc -l)" 0
}

packs() {
    find "$MIRROR/.git/objects/pack" -name '*.pack' | wc -l
}

# packed: a mirror with six packs; three are too many
packed() {
    sim_start_small
    expect 0 sync
    g config gc.autoPackLimit 100
    local n
    for n in 1 2 3 4 5 6; do
        g repack -q
        change "$n"
    done
    g repack -q
    objects >"$T/objects"
    g config gc.autoPackLimit 2
    [[ $(packs) -ge 6 ]]
}

@test "many packs become one, too, and a pack that is to be kept stays" {
    packed
    local kept
    kept=$(find "$MIRROR/.git/objects/pack" -name '*.idx' | sort | head -n 1)
    touch "${kept%.idx}.keep"
    change 100
    equal "packs" "$(packs)" 2
    test -e "$kept"
    equal "lost" "$(lost)" ""
    equal "files of packs" "$(find "$MIRROR/.git/objects/pack" -type f | wc -l)" 5
    mirror_is_sound
    expect 0 check
}

@test "packs under an index of several, and with gc.auto 0, are left as they are" {
    packed
    local before
    before=$(packs)
    change 100 gc.auto=0
    equal "packs" "$(packs)" "$before"
    g config --unset gc.auto
    g multi-pack-index write
    change 101
    equal "packs" "$(packs)" "$before"
    mirror_is_sound
}

@test "a damaged pack is told, and stays with all others" {
    packed
    local pack before
    before=$(packs)
    # One that HEAD's trees do not need: the cycle itself is to go well.
    pack=$(find "$MIRROR/.git/objects/pack" -name '*.pack' -printf '%T@ %p\n' | sort -n | sed -n '2s/[^ ]* //p')
    chmod u+w "$pack"
    dd if=/dev/zero of="$pack" bs=1 seek=$(($(stat -c %s "$pack") / 2)) count=30 conv=notrunc status=none
    admin POST "/mutate?seed=100&edits=1"
    expect 0 --json sync
    contains "notes" "$(<"$T/out")" "could not be packed"
    equal "packs" "$(packs)" "$before"
    expect 1 check
    contains "what is damaged" "$(<"$T/out")" "$(basename "$pack")"
}

@test "killed at any call that moves or removes a file, the repository is whole, and the next cycle goes on" {
    grown
    [[ -n $(command -v strace) ]] || skip "strace is not installed"
    strace -o "$T/probe" true 2>"$T/ignored" || skip "strace may not trace here: $(tail -n 1 "$T/ignored")"
    export ASAN_OPTIONS=detect_leaks=0 # which cannot work under strace
    admin POST '/mutate?seed=100&edits=1'
    cp -a "$MIRROR" "$T/base"
    strace -qq -e trace=rename,unlink -o "$T/calls" "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&-
    equal "loose" "$(loose)" 0
    local call nth step i killed=0
    for call in rename unlink; do
        # The last ones, which pack, and of these not all that take a loose object away.
        nth=$(grep -c "^$call(" "$T/calls")
        step=1
        [[ $call == rename ]] || step=31
        for ((i = 0; i < 4 && nth > 0; i++, nth -= step)); do
            rm -rf "$MIRROR"
            cp -a "$T/base" "$MIRROR"
            strace -qq -e trace="$call" -e inject="$call:signal=KILL:when=$nth" -o "$T/ignored" "$IOKEEPER" sync \
                >"$T/out" 2>"$T/err" 3>&- || killed=$((killed + 1))
            equal "lost by death at $call $nth" "$(lost)" ""
            equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
            expect 0 sync
            g config gc.auto 1
            mirror_is_sound
        done
    done
    [[ $killed -ge 6 ]]
}

@test "who reads meanwhile misses nothing" {
    grown
    local reader
    while [[ ! -e $T/end ]]; do
        "$IOKEEPER" log >"$T/log" 2>&1 || cat "$T/log" >>"$T/bad"
        g log -p >"$T/log" 2>&1 || cat "$T/log" >>"$T/bad"
    done 3>&- &
    reader=$!
    change 100
    change 101
    touch "$T/end"
    wait "$reader"
    not cat "$T/bad"
    equal "lost" "$(lost)" ""
}
