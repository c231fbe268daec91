#!/usr/bin/env bats
# make install and uninstall, pages of the manual, completions, help.

load helpers

make_() {
    make --no-print-directory -C "$BATS_TEST_DIRNAME/../.." BUILD="$(dirname "$IOKEEPER")" DESTDIR="$T/root" "$@" >"$T/out" 2>"$T/err" ||
        { show_output; return 1; }
}

pages() {
    mkdir -p "$T/pages"
    local page
    for page in $("$IOKEEPER" manual all); do "$IOKEEPER" manual "$page" >"$T/pages/$page"; done
}

@test "what is installed has its place, and uninstall leaves nothing" {
    make_ -o "$IOKEEPER" install PREFIX=/opt/it
    local root=$T/root/opt/it
    "$root/bin/iokeeper" --version
    local file
    for file in share/man/man1/iokeeper.1 share/man/man1/iokeeper-restore.1 share/man/man5/iokeeper.yaml.5 \
        share/bash-completion/completions/iokeeper share/zsh/site-functions/_iokeeper \
        share/fish/vendor_completions.d/iokeeper.fish lib/systemd/system/iokeeper-sync@.timer lib/sysusers.d/iokeeper.conf \
        lib/tmpfiles.d/iokeeper.conf lib/systemd/catalog/iokeeper.catalog share/doc/iokeeper/OPERATIONS.md \
        share/doc/iokeeper/examples/iokeeper.rules.yaml share/doc/iokeeper/examples/example.yaml; do
        [[ -s $root/$file ]] || { echo "$file is missing" >&2; return 1; }
        equal "mode of $file" "$(stat -c %a "$root/$file")" 644
    done
    grep -q '^ExecStart=/opt/it/bin/iokeeper --account %i run$' "$root/lib/systemd/system/iokeeper@.service"
    make_ -o "$IOKEEPER" uninstall PREFIX=/opt/it
    equal "what is left" "$(find "$T/root" -not -type d)" ""
}

@test "the example is a configuration, with every default" {
    "$IOKEEPER" manual example | sed "s,/var/lib/iokeeper/default,$MIRROR,; s,/etc/iokeeper/default.token,$T/token," >"$T/example.yaml"
    sed -E 's/^( *)#([a-z_]+: )/\1\2/' "$T/example.yaml" >"$T/all.yaml"
    sim_start_small
    config
    IOKEEPER_API_URL=$SIM/v1 expect 0 --config "$T/example.yaml" sync
    IOKEEPER_API_URL=$SIM/v1 expect 0 --config "$T/all.yaml" sync
}

@test "pages are sound, and there is one of each verb" {
    pages
    (cd "$T/pages" && mandoc -Tlint -Wwarning ./*.[15]) >"$T/mandoc" 2>&1 || { cat "$T/mandoc" >&2; return 1; }
    local verb
    for verb in $("$IOKEEPER" help | awk '/^  [a-z]/ && $1 != "help" { print $1 }'); do
        grep -q '^\.Sh DESCRIPTION$' "$T/pages/iokeeper-$verb.1" || { echo "no page of $verb" >&2; return 1; }
    done
    [[ $(find "$T/pages" -name 'iokeeper-*.1' | wc -l) -ge 13 ]]
    expect 2 manual nonsense
}

@test "every key of the configuration is in its page" {
    pages
    local key
    for key in $("$IOKEEPER" manual example | sed -nE 's/^ +#?([a-z_]+): .*/\1/p'); do
        grep -q "^\.It Cm $key :" "$T/pages/iokeeper.yaml.5" || { echo "$key is missing" >&2; return 1; }
    done
}

@test "help of a verb has its options and no others" {
    expect 0 help restore
    says "usage: iokeeper [OPTION...] restore SELECTOR...|--all --at WHEN"
    says "--prune"
    says_not "--full"
    expect 0 help sync
    says "--full"
    says_not "--prune"
    expect 2 help rstore
    says 'did you mean "restore"?'
    expect 0 help
    says_not manual
}

@test "a verb takes the options that its help shows, and no others" {
    local verb option all shown
    all=$("$IOKEEPER" manual completion.bash | grep -oE -- '--[a-z-]+' | sort -u)
    for verb in $("$IOKEEPER" help | awk '/^  [a-z]/ && $1 != "help" && $1 != "init" { print $1 }'); do
        shown=$("$IOKEEPER" help "$verb" | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
        for option in $all; do
            [[ $option != --help && $option != --version ]] || continue
            "$IOKEEPER" "$verb" a --config "$T/nowhere" "$option" "$T/nowhere" >"$T/out" 2>"$T/err" || true
            if grep -qx -- "$option" <<<"$shown"; then
                not grep -qE "no option|takes no|does not take" "$T/err" || { echo "$verb $option" >&2; return 1; }
            else
                grep -qE "no option|takes no|does not take|usage:" "$T/err" || { echo "$verb $option" >&2; show_output; return 1; }
            fi
        done
    done
}

@test "bash completes verbs, their options and no others" {
    pages
    bash -n "$T/pages/completion.bash"
    shellcheck -s bash -e SC2034,SC2207 "$T/pages/completion.bash"
    # complete WORD…: what is offered for the last one
    complete_() {
        bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _iokeeper; printf "%s\n" "${COMPREPLY[@]}"' _ "$T/pages/completion.bash" iokeeper "$@"
    }
    equal "re" "$(complete_ re | sort | paste -sd' ')" "restore resume"
    complete_ restore --pr | grep -qx -- --prune
    equal "sync --pr" "$(complete_ sync --pr)" ""
    complete_ sync --f | grep -qx -- --full
}

@test "zsh and fish can read theirs" {
    pages
    command -v zsh >/dev/null || skip "there is no zsh"
    zsh -n "$T/pages/completion.zsh"
    command -v fish >/dev/null || skip "there is no fish"
    fish -n "$T/pages/completion.fish"
    equal "restore --pr" "$(fish -c "source $T/pages/completion.fish; complete -C 'iokeeper restore --pr'" | cut -f1)" --prune
}

@test "the units are sound" {
    command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"
    local unit
    for unit in 'iokeeper@' 'iokeeper-sync@'; do
        sed 's,/usr/bin/iokeeper,/bin/true,; /^Documentation=/d' "$BATS_TEST_DIRNAME/../../systemd/$unit.service" >"$T/${unit}x.service"
        systemd-analyze verify "$T/${unit}x.service" 2>"$T/err" || { cat "$T/err" >&2; return 1; }
        [[ ! -s $T/err ]] || { cat "$T/err" >&2; return 1; }
        systemd-analyze security --offline=true --no-pager --threshold=12 "$T/${unit}x.service" >"$T/score"
    done
}

@test "the journal's catalog explains every id that is told" {
    local id
    for id in $(grep -oE '"[0-9a-f]{32}"' "$BATS_TEST_DIRNAME/../../src/base/log.c" | tr -d '"'); do
        grep -q "^-- $id\$" "$BATS_TEST_DIRNAME/../../systemd/iokeeper.catalog" || { echo "$id is missing" >&2; return 1; }
        grep -qF "$id" "$BATS_TEST_DIRNAME/../../docs/OPERATIONS.md"
    done
    equal ids "$(grep -cE '^-- [0-9a-f]{32}$' "$BATS_TEST_DIRNAME/../../systemd/iokeeper.catalog")" 5
}

@test "each example of a verb is a command that its verb takes" {
    local line words
    while IFS= read -r line; do
        line=${line%%|*}
        line=${line%%>*}
        eval "words=($line)"
        export IOKEEPER_API_URL=http://127.0.0.1:1/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$T/none
        run "$IOKEEPER" "${words[@]:1}" </dev/null
        not grep -q -e "takes no" -e "no option" -e "usage:" <<<"$output"
    done < <(for verb in $("$IOKEEPER" manual all | sed -n 's/^iokeeper-\(.*\)\.1$/\1/p'); do
        "$IOKEEPER" help "$verb" | sed -n '/^Examples/,$s/^  \(iokeeper .*\)/\1/p'
    done)
}
