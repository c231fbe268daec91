#!/usr/bin/env bats
# check: the mirror is whole, and no secret stands in anything that a ref leads to.

load helpers

SECRET=Fake-Hunter-2-Pass

small_mirror() {
    sim_start_small
    expect 0 sync
}

# plant PATH TEXT: a person commits a file
plant() {
    mkdir -p "$(dirname "$MIRROR/$1")"
    printf '%s\n' "$2" >"$MIRROR/$1"
    g add "$1"
    g commit -q -m "${3:-planted}"
}

# shows_no_secret: nothing of the value in what was said
shows_no_secret() {
    says_not "$SECRET"
}

# summary FILTER
summary() {
    tail -n 1 "$T/out" | jq -r "$1"
}

# findings: "path where what", one a line
findings() {
    jq -r 'select(.type == "finding") | .path + " " + .where + " " + .what' "$T/out"
}

faults() {
    jq -r 'select(.type == "fault") | .path + ": " + .text' "$T/out"
}

# ---- clean mirrors ----

@test "a mirror that sync made is clean, and check changes nothing" {
    small_mirror
    local before
    before=$(snapshot "$T/world"; g for-each-ref)
    expect 0 check
    says "clean: "
    says " 0 faults"
    says " 0 secrets in 1 commits"
    equal "the mirror" "$(snapshot "$T/world"; g for-each-ref)" "$before"
    expect 0 --json check
    equal "result" "$(summary .result)" clean
    equal "exit" "$(summary .exit)" 0
    equal "commit" "$(summary .commit)" "$(head_of)"
    equal "files" "$(summary .files)" "$(g ls-tree -r --name-only HEAD | wc -l)"
    equal "blobs" "$(summary .blobs)" \
        "$(g rev-list --objects --all | cut -d' ' -f1 | g cat-file --batch-check='%(objecttype)' | grep -c blob)"
    expect 0 -q check
    silent
}

@test "needs neither token nor API" {
    small_mirror
    sim_stop
    IOKEEPER_TOKEN="" expect 0 check
}

@test "no mirror is exit 10, an empty one is clean, words are exit 2" {
    sim_start_small
    expect 10 check
    expect 10 --json check
    equal "exit" "$(summary .exit)" 10
    mkdir "$MIRROR"
    git -C "$MIRROR" init -q
    expect 0 check
    says "nothing was committed yet"
    expect 2 check extra
}

@test "secrets of the account are hidden on their way in, and check agrees" {
    sim_start_small
    local exported
    exported=$(first exports)
    admin PATCH "/exports/$exported" \
        '{"http":{"relativeURI":"/orders?api_key='$SECRET'1","headers":[{"name":"Authorization","value":"Bearer '$SECRET'2"}]}}'
    expect 0 sync
    not grep -rqF -- "$SECRET" "$MIRROR"
    grep -qF 'Bearer <redacted:' "$MIRROR/$(path_of "$exported")"
    expect 0 check
}

# ---- secrets ----

@test "a secret in an old version is found, told by path, place and first commit, and never shown" {
    small_mirror
    plant notes/login.txt "the password: $SECRET"
    local first
    first=$(head_of)
    plant notes/login.txt "another line
the password: ${SECRET}"
    g rm -q notes/login.txt
    g commit -q -m "gone"
    expect 1 check
    says "secret   notes/login.txt, line 1: password; since commit ${first:0:10}"
    says "filter-repo"
    says "docs/SECURITY.md"
    says_not "and in HEAD"
    shows_no_secret
    expect 1 --json check
    shows_no_secret
    equal "result" "$(summary .result)" secrets
    equal "findings" "$(findings)" "notes/login.txt line 1 password
notes/login.txt line 2 password"
    equal "commit" "$(jq -r 'select(.type == "finding") | .commit' "$T/out" | head -n 1)" "$first"
    equal "exit" "$(summary .exit)" 1
}

@test "versions of a file are counted, and one of HEAD is said to be there" {
    small_mirror
    plant env.txt "API_TOKEN=${SECRET}
a: 1"
    plant env.txt "API_TOKEN=${SECRET}
a: 2"
    expect 1 --json check
    equal "versions" "$(jq -r 'select(.type == "finding") | "\(.versions) \(.current)"' "$T/out")" "2 true"
    expect 1 check
    says "and in HEAD"
}

@test "branches, tags, messages, and what no branch has but a ref are searched" {
    small_mirror
    g checkout -q -b rescued/2024-01-01T00-00-00Z
    plant a.txt "password: ${SECRET}-a"
    g checkout -q main
    g checkout -q -b side
    plant b.txt "password: ${SECRET}-b"
    g tag kept
    g checkout -q main
    g branch -q -D side
    plant c.txt "nothing" "the new password: ${SECRET}-c"
    g update-ref refs/notes/x "$(g commit-tree -m "password: ${SECRET}-d" "HEAD^{tree}")"
    expect 1 --json check
    shows_no_secret
    equal "findings" "$(findings | sort)" " line 1 password
 line 1 password
a.txt line 1 password
b.txt line 1 password"
}

@test "old documents of ours are looked at as what they are" {
    small_mirror
    local path
    path=$(path_of "$(first connections)")
    printf '_id: x\nname: n\nsettings:\n  clientSecret: %s\n' "$SECRET" >"$MIRROR/$path"
    g commit -q -a -m "by hand"
    g revert --no-edit HEAD >"$T/ignored"
    expect 1 --json check
    shows_no_secret
    equal "findings" "$(findings)" "$path settings.clientSecret password"
    equal "faults" "$(faults)" ""
}

@test "what mirror.redact names is found where older commits have it" {
    sim_start_small
    config
    expect 0 --config "$CONFIG" sync
    expect 0 --config "$CONFIG" check
    config 'mirror.redact=["connection:type"]'
    expect 1 --config "$CONFIG" --json check
    equal "findings" "$(jq -r 'select(.type == "finding") | .where + " " + .what' "$T/out" | sort -u)" \
        "type value that mirror.redact names"
    expect 0 --config "$CONFIG" sync
    expect 1 --config "$CONFIG" --json check
    equal "current" "$(jq -r 'select(.type == "finding") | .current' "$T/out" | sort -u)" false
}

@test "many findings are counted, all with -v" {
    small_mirror
    local i
    for i in {1..30}; do printf 'password: %s%s\n' "$SECRET" "$i"; done >"$MIRROR/many.txt"
    g add many.txt
    g commit -q -m many
    expect 1 check
    says "and 10 more"
    expect 1 -v check
    says "line 30"
    shows_no_secret
}

# ---- damage ----

@test "documents that are misplaced, misspelled or unreadable are faults" {
    small_mirror
    local flow exported connection user
    flow=$(path_of "$(first flows)")
    exported=$(path_of "$(first exports)")
    connection=$(path_of "$(first connections)")
    user=$(g ls-tree -r --name-only HEAD | grep -m 1 users.yaml)
    sed -i 's/^_id: .*/_id: ffffffffffffffffffffffff/' "$MIRROR/$flow"
    printf '\n# a comment\n' >>"$MIRROR/$exported"
    printf 'a: [\n' >"$MIRROR/$connection"
    printf 'a: 1\n' >"$MIRROR/$user"
    mkdir -p "$MIRROR/account/flows"
    printf 'x\n' >"$MIRROR/account/flows/readme.txt"
    g add -A
    g commit -q -m "by hand"
    expect 1 --json check
    equal "result" "$(summary .result)" damaged
    faults >"$T/faults"
    grep -qF "$flow: holds another _id than its path has" "$T/faults"
    grep -qF "$exported: is not spelled as iokeeper spells it" "$T/faults"
    grep -qF "$connection: is no YAML of ours: " "$T/faults"
    grep -qF "$user: is no list of rows" "$T/faults"
    grep -qF "account/flows/readme.txt: is in no place of the layout" "$T/faults"
    equal "faults" "$(wc -l <"$T/faults")" 5
    expect 1 check
    says "fault    $flow holds another _id"
}

@test "two files of a resource, a file in a strange folder, a link: faults" {
    small_mirror
    local flow folder
    flow=$(path_of "$(first flows)")
    folder=$(dirname "$flow")
    cp "$MIRROR/$flow" "$MIRROR/$folder/copy--${flow##*--}"
    mkdir -p "$MIRROR/integrations/none--eeeeeeeeeeeeeeeeeeeeeeee/flows"
    printf '_id: dddddddddddddddddddddddd\nname: lost\n' \
        >"$MIRROR/integrations/none--eeeeeeeeeeeeeeeeeeeeeeee/flows/lost--dddddddddddddddddddddddd.yaml"
    ln -s x "$MIRROR/account/connections/link--cccccccccccccccccccccccc.yaml"
    g add -A
    g commit -q -m "by hand"
    expect 1 --json check
    faults >"$T/faults"
    grep -qF ": is not the only file of its resource" "$T/faults"
    grep -qF ": stands in the folder of an integration that is not there" "$T/faults"
    grep -qF ": is no ordinary file (mode 120000)" "$T/faults"
}

@test "a damaged object is a fault, and the rest is checked" {
    small_mirror
    local blob file
    blob=$(g rev-parse "HEAD:$(path_of "$(first flows)")")
    file=$MIRROR/.git/objects/${blob:0:2}/${blob:2}
    rm -f "$file"
    expect 1 --json check
    faults | grep -qF "cannot be read"
    equal "commits" "$(summary .commits)" 1
}

@test "what people keep at the root is searched, but is no fault" {
    small_mirror
    plant README.md "# Notes"
    plant docs/x.yaml "a:   1"
    expect 0 check
}

@test "a huge file of a person's is said to be unread, and is no fault" {
    small_mirror
    head -c 34000000 /dev/zero >"$MIRROR/huge.bin"
    g add huge.bin
    g commit -q -m huge
    expect 0 check
    says "unread   1 files are too large"
    expect 0 --json check
    equal "unread" "$(summary .too_large)" 1
}

# ---- references ----

@test "references that lead nowhere are told, and are no failure" {
    sim_start_small
    admin PATCH "/exports/$(first exports)" '{"_connectionId":"aaaaaaaaaaaaaaaaaaaaaaaa"}'
    expect 0 sync
    expect 0 --json check
    equal "dangling" "$(jq -r 'select(.type == "dangling") | .kind + " " + .id' "$T/out" | grep aaaa)" \
        "connection aaaaaaaaaaaaaaaaaaaaaaaa"
    expect 0 -v check
    says "refers to connection aaaaaaaaaaaaaaaaaaaaaaaa"
    expect 0 check
    says_like '[1-9][0-9]* references lead nowhere'
}

# ---- what could be restored ----

# lacking: "how kind id why", one a line
lacking() {
    jq -r 'select(.type == "restorable") | "\(.how) \(.kind) \(.id) \(.why)"' "$T/out"
}

# ratio: "whole holes not of all", as the summary has it
ratio() {
    summary '"\(.whole) \(.holes) \(.not) of \(.resources)"'
}

# mirror_of [PATH CONTENT]…: a mirror of these files alone
mirror_of() {
    export IOKEEPER_API_URL=http://127.0.0.1:9/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$MIRROR
    git init -q -b main "$MIRROR"
    while [[ $# -gt 0 ]]; do
        mkdir -p "$(dirname "$MIRROR/$1")"
        printf '%s\n' "$2" >"$MIRROR/$1"
        shift 2
    done
    g add -A
    g commit -q -m "made up"
}

@test "what is whole, has holes or cannot come back is told of each, and changes no exit code" {
    mirror_of account/connections/c--c1.yaml $'_id: c1\nname: C\nhttp:\n  auth:\n    basic:\n      password: "******"' \
        account/connections/d--c2.yaml $'_id: c2\nname: D' \
        account/exports/e--e1.yaml $'_id: e1\nname: E\n_connectionId: c1' \
        account/exports/f--e2.yaml $'_id: e2\nname: F\n_connectionId: c9' \
        account/exports/g--e3.yaml $'_id: e3\nname: G\nhttp:\n  headers:\n    - name: X\n      value: Bearer <redacted:ab12>' \
        account/scripts/s--s1.yaml $'_id: s1\nname: S' \
        account/scripts/s--s1.js 'let a = "<redacted:ab12>";' \
        account/scripts/t--s2.yaml $'_id: s2\nname: T' \
        account/scripts/t--s2.js 'let a = "b";'
    expect 0 --json check
    equal "ratio" "$(ratio)" "3 3 1 of 7"
    equal "lacking" "$(lacking)" "holes connection c1 http.auth.basic.password
not export e2 refers to connection c9, which the mirror does not hold
holes export e3 http.headers[0].value
holes script s1 content"
    equal "name" "$(jq -r 'select(.type == "restorable" and .id == "e2") | .name' "$T/out")" F
    expect 0 check
    says "restorable: 3 of 7 whole, 3 with holes, 1 not"
    says 'not      export "F" (e2): refers to connection c9, which the mirror does not hold'
    says 'holes    connection "C" (c1): http.auth.basic.password'
    equal "first" "$(head -n 1 "$T/out" | cut -c1-3)" not
    equal "last" "$(tail -n 1 "$T/out" | cut -d: -f1)" clean
    expect 0 -q check
    silent
}

@test "what is set by the server is no hole, and what a mask hides of it neither" {
    mirror_of account/exports/e--e1.yaml \
        $'_id: e1\nname: E\ncreatedAt: "******"\nwebhook:\n  token: abc\n  url: https://x/<redacted:ab12>'
    expect 0 --json check
    equal "ratio" "$(ratio)" "1 0 0 of 1"
}

@test "what a vendor manages is not brought back, with all that is in its folder" {
    local folder=integrations/home--i1
    mirror_of $folder/integration.yaml $'_id: i1\nname: Home\n_connectorId: v1' \
        $folder/flows/f--f1.yaml $'_id: f1\nname: F\n_integrationId: i1' \
        $folder/exports/e--e1.yaml $'_id: e1\nname: E\n_connectionId: c9' \
        integrations/m--i2/integration.yaml $'_id: i2\nname: M' \
        integrations/m--i2/flows/g--f2.yaml $'_id: f2\nname: G\n_integrationId: i2'
    expect 0 --json check
    equal "ratio" "$(ratio)" "2 0 3 of 5"
    equal "lacking" "$(lacking | cut -d' ' -f1-6)" "not export e1 its vendor manages
not flow f1 its vendor manages
not integration i1 its vendor manages"
}

@test "rows are not counted, and references to what is at home or later are no obstacle" {
    local folder=integrations/home--i1
    mirror_of $folder/integration.yaml $'_id: i1\nname: Home' \
        $folder/flows/f--f1.yaml $'_id: f1\nname: F\n_integrationId: i1\n_runNextFlowIds:\n  - f1\n  - f2' \
        $folder/flows/g--f2.yaml $'_id: f2\nname: G\n_integrationId: i1\n_runNextFlowIds:\n  - f1\nsettings:\n  _exportId: e9' \
        $folder/users.yaml $'- _id: u1\n  token: "******"' \
        account/users.yaml '[]' \
        account/idmap.yaml $'flows:\n  f0: f1'
    expect 0 --json check
    equal "lacking" "$(lacking)" ""
    equal "ratio" "$(ratio)" "3 0 0 of 3"
    equal "documents" "$(summary .documents)" 3
}

@test "an id map that is none is a fault" {
    mirror_of account/idmap.yaml $'flows:\n  f0: f1'
    expect 0 check
    mirror_of account/idmap.yaml $'flows:\n  f0: ../f1'
    expect 1 --json check
    contains "faults" "$(faults)" "account/idmap.yaml: is no id map: line 2: "
}

@test "damaged documents cannot come back, misspelled ones can" {
    mirror_of account/flows/a--f1.yaml 'a: [' \
        account/flows/b--f2.yaml $'# a comment\n_id: f2\nname: B' \
        account/flows/c--f3.yaml '[]' \
        account/flows/d--f4.yaml $'_id: f4\nname: D'
    rm -f "$MIRROR/.git/objects/$(g rev-parse HEAD:account/flows/d--f4.yaml | sed 's|^..|&/|')"
    expect 1 --json check
    equal "ratio" "$(ratio)" "1 0 3 of 4"
    equal "lacking" "$(lacking)" "not flow f1 its file is damaged
not flow f3 its file is no document
not flow f4 its file cannot be read"
}

@test "many references and holes are listed up to a point" {
    local holes
    holes=$(printf -- '  - "******"\n%.0s' {1..30})
    mirror_of account/flows/a--f1.yaml $'_id: f1\nname: A\npageGenerators:\n'"$(printf -- '  - _exportId: x%s\n' {1..30} 1)" \
        account/flows/b--f2.yaml $'_id: f2\nname: B\nvalues:\n'"$holes"
    expect 0 --json check
    contains "refs" "$(lacking)" "export x20 and 10 more, which the mirror does not hold"
    contains "holes" "$(lacking)" "values[19] and 10 more"
}

@test "a person is told of 20, all with -v" {
    local i files=()
    for i in {101..130}; do files+=("account/connections/c--c$i.yaml" $'_id: c'"$i"$'\nname: C\nkey: "******"'); done
    files+=(account/exports/e--e1.yaml $'_id: e1\nname: E\n_connectionId: c9')
    mirror_of "${files[@]}"
    expect 0 check
    equal "shown" "$(grep -c '^holes \|^not ' "$T/out")" 20
    says 'not      export "E"'
    says "... and 11 more"
    says "restorable: 0 of 31 whole, 30 with holes, 1 not"
    expect 0 -v check
    equal "shown" "$(grep -c '^holes \|^not ' "$T/out")" 31
    says_not " more"
    expect 0 --json check
    equal "told" "$(lacking | wc -l)" 31
}

@test "a name cannot act on a terminal" {
    mirror_of account/connections/c--c1.yaml $'_id: c1\nname: "\\e[31mC"\nkey: "******"'
    expect 1 check
    says '"?[31mC" (c1)'
}

@test "of a live account every resource counts once, and the vendor's are those not to come back" {
    sim_start_live
    expect 0 sync
    expect 0 --json check
    equal "resources" "$(summary .resources)" "$(summary .documents)"
    equal "sum" "$(summary '.whole + .holes + .not')" "$(summary .resources)"
    equal "told" "$(lacking | wc -l)" "$(summary '.holes + .not')"
    equal "managed" "$(jq -r 'select(.type == "restorable" and .kind == "integration" and .how == "not") | .id' "$T/out" | sort)" \
        "$(admin GET /state | jq -r '.integrations[] | select(._connectorId) | ._id' | sort)"
}

# ---- every byte ----

# flips COUNT: of the mirror as it is; FLIPS has another count, 0 for each byte
flips() {
    IOKEEPER_API_URL=$IOKEEPER_API_URL /usr/bin/python3 "$BATS_TEST_DIRNAME/flips.py" "$IOKEEPER" "$MIRROR" "${SEED:-1}" \
        "${FLIPS:-$1}"
}

@test "one flipped byte anywhere is found: loose objects" {
    sim_start_small
    expect 0 sync
    flips 150
}

@test "one flipped byte anywhere is found: packs, packed refs, a commit-graph" {
    sim_start_small
    expect 0 sync
    g tag -a -m v1 v1
    g gc -q
    g commit-graph write --reachable
    flips 150
}

# finds TEXT: check ends with 1 and says so, in words and as NDJSON
finds() {
    expect 1 check
    says "$1"
    expect 1 check --json
    equal "result" "$(tail -n 1 "$T/out" | jq -r .result)" damaged
    equal "told without a remedy" "$(jq -c 'select(.type == "fault" and .remedy == "" and (.path | startswith(".git")))' "$T/out")" ""
}

@test "what is missing or broken off is found, and named" {
    sim_start_small
    expect 0 sync
    local object
    object=$(find "$MIRROR/.git/objects/"[0-9a-f][0-9a-f] -type f | sort | head -n 1)
    cp -p "$object" "$T/kept"
    chmod u+w "$object"
    : >"$object"
    finds "${object#"$MIRROR/"}"
    rm "$object"
    finds "fault"
    cp -p "$T/kept" "$object"
    expect 0 check
    g gc -q
    cp -rp "$MIRROR/.git/objects/pack" "$T/pack"
    rm -f "$MIRROR"/.git/objects/pack/*.idx
    finds ".idx is not there"
    cp -p "$T/pack/"*.idx "$MIRROR/.git/objects/pack/"
    chmod u+w "$MIRROR"/.git/objects/pack/*.pack
    truncate -s -30 "$MIRROR"/.git/objects/pack/*.pack
    finds "its sum is another"
}

@test "refs that lead nowhere are found, and the rest is looked at all the same" {
    sim_start_small
    expect 0 sync
    echo 1111111111111111111111111111111111111111 >"$MIRROR/.git/refs/heads/stray"
    finds ".git/refs/heads/stray"
    says_not '"documents":0'
    echo "ref: refs/heads/nowhere" >"$MIRROR/.git/HEAD"
    finds "leads nowhere"
}

@test "settings that keep content as bytes, and logs of refs: what was changed is named, with what mends it" {
    sim_start_small
    expect 0 sync
    g config core.autocrlf true
    finds "core.autocrlf"
    says "git config NAME VALUE"
    g config core.autocrlf false
    g config --unset core.logAllRefUpdates
    finds "core.logAllRefUpdates"
    g config core.logAllRefUpdates true
    g config user.name "A person's own"
    expect 0 check
    echo '*.pdf diff=pdf' >>"$MIRROR/.git/info/attributes"
    expect 0 check
    echo '* text=auto' >"$MIRROR/.git/info/attributes"
    finds ".git/info/attributes does not begin as iokeeper made it"
    rm "$MIRROR/.git/info/attributes"
    finds ".git/info/attributes"
    printf '%s\n' '# The mirror' >"$MIRROR/.git/info/attributes"
    finds ".git/info/attributes does not begin"
    printf '%s\n' "$(sed -n 1p "$MIRROR/.git/logs/HEAD" | tr 0-9 1-90)" >>"$MIRROR/.git/logs/HEAD"
    finds "line 2: leads to what is not there"
}

@test "logs and settings of git's own making are sound: a person's commits, a rebase, logs expired, a clone, a worktree" {
    sim_start_small
    expect 0 sync
    g config user.name Ann
    g config user.email ann@example.com
    echo a >"$MIRROR/a.txt"
    g add a.txt
    g commit -q -m $'A message: with\ttabs > and <brackets>\n\nand a body'
    g commit -q --amend --author 'O <> Neill <o@example.com>' -m "Amended"
    g branch other HEAD~1
    g rebase -q other
    g stash list >/dev/null
    g tag -a -m v1 v1
    expect 0 check
    expect 0 sync
    echo b >"$MIRROR/$(path_of "$(first connections)")" # rescued by the next
    expect 0 sync
    expect 0 check
    g reflog expire --expire=now --all
    g gc -q --prune=now
    expect 0 check
    git clone -q "$MIRROR" "$T/clone"
    IOKEEPER_MIRROR=$T/clone expect 0 check
    rm "$T/clone/.git/info/exclude"
    rm -rf "$T/clone/.git/logs"
    IOKEEPER_MIRROR=$T/clone expect 0 check
}

@test "the working tree: a file edited, missing, or a link in its place" {
    sim_start_small
    expect 0 sync
    local path
    path=$(g ls-files '*/connections/*.yaml' | head -n 1)
    touch -r "$MIRROR/$path" "$T/then"
    sed -i '1s/./X/' "$MIRROR/$path"
    touch -r "$T/then" "$MIRROR/$path"
    finds "$path differs in the working tree"
    rm "$MIRROR/$path"
    finds "$path is missing"
    ln -s /etc/hostname "$MIRROR/$path"
    finds "$path is no file"
    g checkout -q -- .
    expect 0 check
}

@test "the working tree is not judged while a sync holds it, or on another branch" {
    sim_start_small
    expect 0 sync
    rm "$MIRROR/iokeeper.yaml"
    exec 9>"$MIRROR/.git/iokeeper.lock"
    flock 9
    expect 0 check 9>&-
    says "another iokeeper holds the mirror"
    exec 9>&-
    g checkout -q -b other
    rm -f "$MIRROR/iokeeper.yaml"
    expect 0 check
    says "not on the mirror's branch"
}

@test "check --live: the account is read first, and what could not be read is told" {
    sim_start_live
    expect 0 check --live
    says "clean"
    mirror_matches_account
    local path
    path=$(path_of "$(ids exports | head -n 1)")
    admin DELETE "/exports/$(ids exports | head -n 1)?touch=1"
    expect 0 check --live --json
    [[ ! -e $MIRROR/$path ]]
    fault '{"path":"/v1/imports","do":"status","status":403}'
    expect 3 check --live --json
    equal "the last line" "$(tail -n 1 "$T/out" | jq -r '.type, .exit' | tr '\n' ' ')" "summary 3 "
    export IOKEEPER_TOKEN=another-token
    expect 12 check --live
}

# lie_about SIZE ID: the object's file says another size than it has, under a sum that fits
lie_about() {
    /usr/bin/python3 - "$1" "$MIRROR/.git/objects/${2:0:2}/${2:2}" <<'PY'
import os, sys, zlib
size, path = sys.argv[1:]
kind, rest = zlib.decompress(open(path, "rb").read()).split(b" ", 1)
os.chmod(path, 0o644)
open(path, "wb").write(zlib.compress(kind + b" " + size.encode() + b"\0" + rest.split(b"\0", 1)[1]))
PY
}

@test "an object that lies about its size is refused by every verb, also where libgit2 walks by itself" {
    sim_start_live
    git init -q --bare "$T/remote.git"
    config "mirror.remote=$T/remote.git"
    local round arguments code
    for round in 1 2 3; do
        admin POST "/mutate?seed=$round&edits=3"
        expect 0 --config "$CONFIG" sync
    done
    rm -rf "$MIRROR/.git/refs/remotes"
    lie_about 5 "$(g rev-parse HEAD~1)"
    for arguments in check log "diff --from HEAD~1" status sync "log Nothing"; do
        code=0
        # shellcheck disable=SC2086 # several words
        timeout 60 "$IOKEEPER" --config "$CONFIG" $arguments >"$T/out" 2>"$T/err" 3>&- || code=$?
        judge "$code" "$code" "$arguments"
        [[ $code -ne 124 ]] || { echo "$arguments waits for ever" >&2; return 1; }
    done
    expect 1 --config "$CONFIG" check
    says "damaged: no object's header"
}
