#!/usr/bin/env bats
# The mirror is an ordinary git repository: people, clones and remotes get along with it.

load helpers

with_remote() {
    git init -q --bare "$T/remote.git"
    config "mirror.remote=$T/remote.git"
}

remote_head() {
    git -C "$T/remote.git" rev-parse -q --verify "refs/heads/${1:-main}"
}

edit() { # NAME
    admin PATCH "/flows/$(first flows)" "{\"name\":\"$1\"}"
}

# ---- an ordinary repository ----

@test "a clone has the history and the same files" {
    sim_start_small
    expect 0 sync
    edit "Second"
    expect 0 sync
    git clone -q "$MIRROR" "$T/clone"
    equal "HEAD" "$(head_of "$T/clone")" "$(head_of)"
    equal "commits" "$(git -C "$T/clone" rev-list --count HEAD)" 2
    mirror_is_sound "$T/clone"
    diff -r -x .git "$MIRROR" "$T/clone"
}

@test "git's own commands work in it: log --follow, blame, diff, stash, gc" {
    sim_start_small
    expect 0 sync
    edit "Renamed flow"
    expect 0 sync
    local path
    path=$(path_of "$(first flows)")
    equal "commits of the file" "$(g log --follow --format=%H -- "$path" | wc -l)" 2
    g blame -L '/^name:/,+1' -- "$path" | grep -q "^$(head_of | cut -c1-8)"
    grep -q '^+name: Renamed flow$' <<<"$(g diff HEAD~1 HEAD)"
    g gc -q --prune=now
    expect 0 sync
    mirror_is_sound
    edit "After gc"
    expect 0 sync
    equal "commits" "$(commits)" 3
    mirror_is_sound
    mirror_matches_account
}

@test "the branch is the configuration's" {
    sim_start_small
    config mirror.branch=celigo/mirror
    expect 0 --config "$CONFIG" sync
    equal "branch" "$(g symbolic-ref HEAD)" refs/heads/celigo/mirror
    equal "branches" "$(g for-each-ref --format='%(refname)' refs/heads)" refs/heads/celigo/mirror
    mirror_is_sound
}

@test "a person's git configuration changes no byte of the mirror" {
    sim_start_small
    admin PATCH "/connections/$(first connections)" '{"description":"a\nb\nc"}'
    expect 0 sync
    local wanted
    wanted=$(content_of)
    cat >>"$HOME/.gitconfig" <<'CONFIG'
[core]
    autocrlf = true
    safecrlf = true
    eol = crlf
[commit]
    gpgSign = true
[core]
    hooksPath = /nonexistent
CONFIG
    MIRROR=$T/world/other
    export IOKEEPER_MIRROR=$MIRROR
    expect 0 sync
    equal "tree" "$(content_of)" "$wanted"
    equal "carriage returns" "$(grep -rlI $'\r' "$MIRROR/integrations" "$MIRROR/account" | wc -l)" 0
    mirror_is_sound
}

@test "hooks of a person are not run by commits" {
    sim_start_small
    expect 0 sync
    mkdir -p "$MIRROR/.git/hooks"
    printf '#!/bin/sh\ntouch %q\nexit 1\n' "$T/hook-was-here" >"$MIRROR/.git/hooks/pre-commit"
    chmod +x "$MIRROR/.git/hooks/pre-commit"
    edit "Hooked"
    expect 0 sync
    equal "commits" "$(commits)" 2
}

# ---- people beside the program ----

@test "files that people commit beside the mirror stay" {
    sim_start_small
    expect 0 sync
    mkdir "$MIRROR/docs"
    echo 'Read me' >"$MIRROR/README.md"
    echo 'deeper' >"$MIRROR/docs/a.txt"
    printf '#!/bin/sh\n' >"$MIRROR/tool.sh"
    chmod +x "$MIRROR/tool.sh"
    ln -s README.md "$MIRROR/link"
    g add README.md docs tool.sh link
    g commit -q -m 'Our own files'
    edit "After a person"
    expect 0 sync
    equal "commits" "$(commits)" 3
    equal "author of the middle one" "$(g log -1 --format=%an HEAD~1)" "A Person"
    equal "own files" "$(g ls-tree -r --name-only HEAD README.md docs tool.sh link | tr '\n' ' ')" "README.md docs/a.txt link tool.sh "
    equal "mode" "$(g ls-tree HEAD tool.sh | cut -c1-6)" 100755
    test -L "$MIRROR/link"
    mirror_is_sound
    nothing_was_rescued
    expect 0 sync
    equal "commits" "$(commits)" 3
}

@test "what people commit inside the mirror's folders is set right by the next sync, and stays in history" {
    sim_start_small
    expect 0 sync
    local path
    path=$(path_of "$(first flows)")
    echo 'edited: by hand' >>"$MIRROR/$path"
    g commit -q -a -m 'By hand'
    expect 0 sync
    equal "commits" "$(commits)" 3
    equal "difference to before" "$(g diff HEAD~2 HEAD)" ""
    mirror_is_sound
    mirror_matches_account
    nothing_was_rescued
}

@test "untracked files of people are left alone" {
    sim_start_small
    expect 0 sync
    echo note >"$MIRROR/account/note.txt"
    echo note >"$MIRROR/note.txt"
    echo note >"$MIRROR/$(dirname "$(path_of "$(first integrations)")")/note.txt"
    edit "Changed"
    expect 0 sync
    equal "untracked" "$(g status --porcelain | grep -c '^?? ')" 3
    equal "other states" "$(g status --porcelain | grep -vc '^?? ' || true)" 0
    nothing_was_rescued
}

@test "an untracked file keeps its folder when the integration is deleted" {
    sim_start_small
    expect 0 sync
    local folder integration
    integration=$(first integrations)
    folder=$(dirname "$(path_of "$integration")")
    echo note >"$MIRROR/$folder/note.txt"
    admin DELETE "/integrations/$integration?cascade=1"
    expect 0 sync
    equal "files left" "$(find "$MIRROR/$folder" -type f)" "$MIRROR/$folder/note.txt"
}

@test "a person's branch that is checked out is left alone, with a note" {
    sim_start_small
    expect 0 sync
    g checkout -q -b mine
    local path
    path=$(path_of "$(first flows)")
    echo 'in progress' >>"$MIRROR/$path"
    edit "Meanwhile"
    expect 0 sync
    says 'branch main'
    equal "current branch" "$(g symbolic-ref --short HEAD)" mine
    equal "my file" "$(tail -n 1 "$MIRROR/$path")" 'in progress'
    equal "commits of main" "$(g rev-list --count main)" 2
    equal "commits of mine" "$(g rev-list --count mine)" 1
    nothing_was_rescued
    # Back on main all is as if nothing had been.
    g checkout -q -f main
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

@test "a detached HEAD is left alone, too" {
    sim_start_small
    expect 0 sync
    g checkout -q --detach
    local head
    head=$(head_of)
    edit "Meanwhile"
    expect 0 sync
    equal "HEAD" "$(head_of)" "$head"
    equal "commits of main" "$(g rev-list --count main)" 2
}

@test "a person's branch that is gone from main is still there: no ref is touched but ours" {
    sim_start_small
    expect 0 sync
    g branch keep
    g tag v1
    local refs
    refs=$(g for-each-ref refs/heads/keep refs/tags)
    edit "Changed"
    expect 0 sync
    equal "refs" "$(g for-each-ref refs/heads/keep refs/tags)" "$refs"
}

@test "history that a person rewrote is gone on from" {
    sim_start_small
    expect 0 sync
    edit "Second"
    expect 0 sync
    g reset -q --hard HEAD~1
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    equal "commits" "$(commits)" 2
}

@test "a worktree of a person is no obstacle" {
    sim_start_small
    expect 0 sync
    g worktree add -q "$T/worktree" -b elsewhere
    edit "Changed"
    expect 0 sync
    mirror_is_sound
    equal "worktree's branch" "$(git -C "$T/worktree" symbolic-ref --short HEAD)" elsewhere
    equal "worktree's state" "$(git -C "$T/worktree" status --porcelain)" ""
}

# ---- refs/iokeeper/complete ----

@test "refs/iokeeper/complete moves on complete cycles only" {
    sim_start_small
    expect 0 sync
    local first
    first=$(head_of)
    equal "complete" "$(g rev-parse refs/iokeeper/complete)" "$first"
    edit "Partial"
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":500}'
    expect 3 sync
    not equal "HEAD" "$(head_of)" "$first" 2>"$T/ignored"
    equal "complete" "$(g rev-parse refs/iokeeper/complete)" "$first"
    faults_clear
    expect 0 sync
    equal "complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
    equal "commits" "$(commits)" 2
}

# ---- remotes ----

@test "each commit is pushed, refs/iokeeper/complete too" {
    sim_start_small
    with_remote
    expect 0 --config "$CONFIG" sync
    equal "remote's main" "$(remote_head)" "$(head_of)"
    edit "Second"
    expect 0 --config "$CONFIG" sync
    equal "remote's main" "$(remote_head)" "$(head_of)"
    equal "remote's complete" "$(git -C "$T/remote.git" rev-parse refs/iokeeper/complete)" "$(head_of)"
    equal "git fsck" "$(git -C "$T/remote.git" fsck --full --strict 2>&1)" ""
    expect 0 --config "$CONFIG" --json status
    equal "unpushed" "$(jq .unpushed "$T/out")" 0
    git clone -q "$T/remote.git" "$T/clone"
    mirror_is_sound "$T/clone"
}

@test "file:// is as good a remote, another branch as good a branch" {
    sim_start_small
    git init -q --bare "$T/remote.git"
    config "mirror.remote=file://$T/remote.git" mirror.branch=other
    expect 0 --config "$CONFIG" sync
    equal "remote's branch" "$(remote_head other)" "$(head_of)"
}

@test "a remote that is gone: told, counted as unpushed, made up for later" {
    sim_start_small
    with_remote
    expect 0 --config "$CONFIG" sync
    mv "$T/remote.git" "$T/away.git"
    edit "Second"
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- || true
    says push
    edit "Third"
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- || true
    equal "commits" "$(commits)" 3
    mirror_is_sound
    expect 0 --config "$CONFIG" --json status
    equal "unpushed" "$(jq .unpushed "$T/out")" 2
    expect 0 --config "$CONFIG" status
    grep -qE '^unpushed +2' "$T/out"
    mv "$T/away.git" "$T/remote.git"
    expect 0 --config "$CONFIG" sync # no new commit, and yet it pushes
    equal "remote's main" "$(remote_head)" "$(head_of)"
    expect 0 --config "$CONFIG" --json status
    equal "unpushed" "$(jq .unpushed "$T/out")" 0
}

@test "a remote that has diverged is never forced" {
    sim_start_small
    with_remote
    expect 0 --config "$CONFIG" sync
    git clone -q "$T/remote.git" "$T/clone"
    echo theirs >"$T/clone/theirs.txt"
    git -C "$T/clone" add theirs.txt
    git -C "$T/clone" commit -q -m Theirs
    git -C "$T/clone" push -q
    local theirs
    theirs=$(remote_head)
    edit "Ours"
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- || true
    says push
    equal "remote's main" "$(remote_head)" "$theirs"
    equal "commits" "$(commits)" 2
    mirror_is_sound
    expect 0 --config "$CONFIG" --json status
    equal "unpushed" "$(jq .unpushed "$T/out")" 1
}

@test "a password in the remote's URL is in no output and no file but the configuration" {
    sim_start_small
    local password=hunter2-9xQ
    config "mirror.remote=http://user:$password@127.0.0.1:9/repository.git"
    "$IOKEEPER" --config "$CONFIG" -v sync >"$T/out" 2>"$T/err" 3>&- || true
    says push
    says_not "$password"
    "$IOKEEPER" --config "$CONFIG" --json sync >"$T/out" 2>"$T/err" 3>&- || true
    says_not "$password"
    expect 0 --config "$CONFIG" status
    says_not "$password"
    expect 0 --config "$CONFIG" --json status
    says_not "$password"
    not grep -rqF "$password" "$MIRROR"
}
