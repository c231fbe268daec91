#!/usr/bin/env bats
# uses and used-by: what depends on what, against the simulator's own idea of it.
load helpers
load made

# ids_of ARGUMENT…: what the graph reaches, the resource itself left out, sorted
ids_of() {
    expect 0 --json "$@"
    jq -r 'select(.type == "resource" and .depth > 0) | .kind + "/" + .id' "$T/out" | sort
}

@test "used-by: up to the integrations that would break; uses: down to scripts" {
    made_mirror
    equal "used by" "$(ids_of used-by Shop)" "$(sort <<END
export/$E1
export/$E2
flow/$F1B
flow/$F2
import/$M1
import/$M2
integration/$I1
integration/$I2
END
    )"
    equal "uses" "$(ids_of uses "$F1B")" "$(sort <<END
connection/$C1
export/$E1
import/$M1
import/$M2
script/$S1
END
    )"
    equal "at another time" "$(ids_of used-by NetSuite --at 2026-01-04)" "$(sort <<END
flow/$F1
import/$M1
integration/$I1
END
    )"
    expect 0 used-by NetSuite
    says ", registered"
    says "used by 1 integration"
    expect 0 used-by 'Order sync'
    says "used by nothing"
}

@test "what is referred to and is not in the mirror is said to be missing" {
    made_mirror
    sed -i "s/$C1/00000000000000000000abcd/" "$MIRROR/$PAYROLL/exports/get-hours--$E2.yaml"
    as Alice 2026-02-01T00:00:00Z "dangling"
    expect 0 uses Pay
    says "00000000000000000000abcd is not in the mirror"
    says "1 that the mirror does not hold"
}

@test "circles and long chains come to an end" {
    made_mirror
    /usr/bin/python3 - "$MIRROR/account/flows" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
for i in range(3000):
    (folder / f"chain-{i}--chain{i}.yaml").write_text(f"_id: chain{i}\nname: Chain {i}\n_runNextFlowIds:\n  - chain{(i + 1) % 3000}\n")
PY
    as Alice 2026-02-01T00:00:00Z "chain"
    equal "reached" "$(ids_of uses "Chain 0" | wc -l)" 2999
    equal "reached" "$(ids_of used-by "Chain 0" | wc -l)" 2999
    expect 0 uses "Chain 0"
}

# deletions CODE used|unused KIND…: of each resource of these kinds that is so the service answers a DELETE with CODE. Says
# how many there were.
deletions() {
    local code=$1 which=$2 kind id users is n=0
    shift 2
    for kind in "$@"; do
        for id in $(ids "${kind}s"); do
            expect 0 --json used-by "$kind/$id" || return
            users=$(jq -r 'select(.type == "edge" and .to == "'"$id"'" and .from_kind != "integration") | .from' "$T/out" | wc -l)
            if [[ $users -gt 0 ]]; then is=used; else is=unused; fi
            [[ $is == "$which" ]] || continue
            equal "deleting $kind $id, which $users use" \
                "$(curl -s -o "$T/answer" -w '%{http_code}' -X DELETE -H "Authorization: Bearer $TOKEN" "$SIM/v1/${kind}s/$id")" "$code" || return
            n=$((n + 1))
        done
    done
    echo "$n"
}

@test "the simulator refuses to delete what the graph says is used, and nothing else" {
    sim_start --seed 11 --profile live --integrations 3 --flows 3 --exports 5 --imports 5 --connections 6 --scripts 5 \
        --orphans 3 --refuse-delete-in-use
    expect 0 sync
    [[ $(deletions 422 used export import connection script) -gt 10 ]]
    [[ $(deletions 204 unused export import) -gt 1 ]]
}

@test "--dot is a graph that Graphviz reads: nodes, edges, names quoted" {
    made_mirror
    sed -i 's/^name: Look up customer/name: "quote \\" and \\\\ back"/' "$MIRROR/$ORDERS/imports/look-up-customer--$M2.yaml"
    as Alice 2026-02-01T00:00:00Z "quotes"
    expect 0 uses "$F1B" --dot
    says "digraph iokeeper {"
    says "label=\"import\\nquote \\\" and \\\\ back\""
    says "\"flow/$F1B\" -> \"export/$E1\";"
    equal "braces" "$(tail -n 1 "$T/out")" "}"
    expect 2 uses "$F1B" --dot --json
}
