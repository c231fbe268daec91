# A mirror made by hand, with git and fixed dates: the same commits, with the same ids, everywhere. Its story, oldest
# first, is in made_mirror; `load made` beside helpers. No simulator is needed to look at it.

I1=aaaaaaaaaaaaaaaaaaaaaa01 I2=aaaaaaaaaaaaaaaaaaaaaa02
F1=ffffffffffffffffffffff01 F1B=ffffffffffffffffffffff99 F2=ffffffffffffffffffffff02
E1=eeeeeeeeeeeeeeeeeeeeee01 E2=eeeeeeeeeeeeeeeeeeeeee02
M1=1a1111111111111111111101 M2=1a1111111111111111111102
C1=cccccccccccccccccccccc01 C2=cccccccccccccccccccccc02 S1=5c5555555555555555555501
ORDERS=integrations/order-sync--$I1 PAYROLL=integrations/payroll--$I2

doc() {
    mkdir -p "$MIRROR/$(dirname "$1")"
    cat >"$MIRROR/$1"
}

# as NAME DATE SUBJECT: commits all that is in the working tree
as() {
    local email="${1,,}@example.com"
    [[ $1 != iokeeper ]] || email=iokeeper@localhost
    g add -A
    GIT_AUTHOR_NAME=$1 GIT_AUTHOR_EMAIL=$email GIT_AUTHOR_DATE=$2 GIT_COMMITTER_NAME=iokeeper \
        GIT_COMMITTER_EMAIL=iokeeper@localhost GIT_COMMITTER_DATE=$2 g commit -q -m "$3"
}

# many_scripts N: with the names "Script 0" and so on, in the working tree
many_scripts() {
    local i
    for ((i = 0; i < $1; i++)); do
        printf '_id: s%d\nname: Script %d\n' "$i" "$i" >"$MIRROR/account/scripts/script-$i--s$i.yaml"
    done
}

# flow ID NAME SCHEDULE <the list of its processors
flow() {
    printf '_id: %s\nname: %s\n_integrationId: %s\npageGenerators:\n  - _exportId: %s\npageProcessors:\n' \
        "$1" "$2" "$I1" "$E1"
    cat
    printf 'schedule: "%s"\n' "$3"
}

one_processor() {
    cat <<YAML
  - _importId: $M1
    type: import
YAML
}

two_processors() {
    cat <<YAML
  - _importId: $M2
    type: import
  - _importId: $M1
    type: import
YAML
}

first_mirror() {
    printf 'format: 1\nurl: http://127.0.0.1:1/v1\n' | doc iokeeper.yaml
    printf '_id: %s\nname: Order sync\n_registeredConnectionIds:\n  - %s\n  - %s\n' "$I1" "$C1" "$C2" |
        doc "$ORDERS/integration.yaml"
    printf '_id: %s\nname: Payroll\n' "$I2" | doc "$PAYROLL/integration.yaml"
    one_processor | flow "$F1" "Orders to NetSuite" "? 5 0 ? * *" | doc "$ORDERS/flows/orders-to-netsuite--$F1.yaml"
    doc "$PAYROLL/flows/pay--$F2.yaml" <<YAML
_id: $F2
name: Pay
_integrationId: $I2
disabled: true
pageGenerators:
  - _exportId: $E2
YAML
    printf '_id: %s\nname: Get orders\n_connectionId: %s\npageSize: 20\n' "$E1" "$C1" |
        doc "$ORDERS/exports/get-orders--$E1.yaml"
    printf '_id: %s\nname: Get hours\n_connectionId: %s\n' "$E2" "$C1" | doc "$PAYROLL/exports/get-hours--$E2.yaml"
    doc "$ORDERS/imports/post-orders--$M1.yaml" <<YAML
_id: $M1
name: Post orders
_connectionId: $C2
hooks:
  preMap:
    _scriptId: $S1
mapping:
  fields:
    - extract: id
      generate: externalId
    - extract: mail
      generate: email
    - extract: total
      generate: amount
YAML
    printf '_id: %s\nname: Shop\nhttp:\n  headers:\n    - name: X-Key\n      value: <redacted:aaaaaaaa>\ntype: http\n' "$C1" |
        doc "account/connections/shop--$C1.yaml"
    printf '_id: %s\nname: NetSuite\ntype: netsuite\n' "$C2" | doc "account/connections/netsuite--$C2.yaml"
    printf '_id: %s\nname: Clean up\n' "$S1" | doc "account/scripts/clean-up--$S1.yaml"
    printf 'function preMap(o) {\n\treturn o.data\n}\n' | doc "account/scripts/clean-up--$S1.js"
    as iokeeper 2026-01-01T00:00:00Z "First mirror"
}

made_mirror() {
    MIRROR=$T/world/mirror
    export IOKEEPER_API_URL=http://127.0.0.1:1/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$MIRROR
    git init -q -b main "$MIRROR"
    first_mirror
    local flow=$ORDERS/flows/orders-to-netsuite--$F1.yaml
    one_processor | flow "$F1" "Orders to NetSuite" "? 35 0 ? * *" | doc "$flow"
    as Alice 2026-01-02T09:00:00Z "Order sync: 1 flow changed"
    g rm -q "$flow"
    flow=$ORDERS/flows/orders-to-netsuite-daily--$F1.yaml
    one_processor | flow "$F1" "Orders to NetSuite (daily)" "? 35 0 ? * *" | doc "$flow"
    as Bob 2026-01-03T09:00:00Z "Order sync: 1 flow changed"
    printf '_id: %s\nname: Look up customer\n_connectionId: %s\n' "$M2" "$C1" |
        doc "$ORDERS/imports/look-up-customer--$M2.yaml"
    two_processors | flow "$F1" "Orders to NetSuite (daily)" "? 35 0 ? * *" | doc "$flow"
    as Alice 2026-01-04T09:00:00Z "Order sync: 1 flow changed, 1 import added"
    doc "$ORDERS/imports/post-orders--$M1.yaml" <<YAML
_id: $M1
name: Post orders
_connectionId: $C1
hooks:
  preMap:
    _scriptId: $S1
mapping:
  fields:
    - extract: sum
      generate: amount
    - extract: id
      generate: externalId
    - extract: mail
      generate: email
    - extract: note
      generate: memo
YAML
    as Bob 2026-01-05T09:00:00Z "Order sync: 1 import changed"
    printf 'function preMap(o) {\n\tcheck(o)\n\treturn o.data\n}\n' | doc "account/scripts/clean-up--$S1.js"
    as Carol 2026-01-06T09:00:00Z "Account: 1 script changed"
    sed -i 's/aaaaaaaa/bbbbbbbb/' "$MIRROR/account/connections/shop--$C1.yaml"
    as Carol 2026-01-07T09:00:00Z "Account: 1 connection changed"
    mkdir "$MIRROR/account/exports"
    g mv "$ORDERS/exports/get-orders--$E1.yaml" "account/exports/get-orders--$E1.yaml"
    as Bob 2026-01-08T09:00:00Z "Several integrations: 1 export changed"
    g rm -q "$flow"
    as Bob 2026-01-09T09:00:00Z "Order sync: 1 flow deleted"
    printf 'flows:\n  %s: %s\n' "$F1" "$F1B" | doc account/idmap.yaml
    flow=$ORDERS/flows/orders-to-netsuite-daily--$F1B.yaml
    two_processors | flow "$F1B" "Orders to NetSuite (daily)" "? 35 0 ? * *" | doc "$flow"
    as iokeeper 2026-01-10T09:00:00Z "Order sync: 1 flow added"
    two_processors | flow "$F1B" "Orders to NetSuite (daily)" "? 0 6 ? * 1-5" | doc "$flow"
    as Alice 2026-01-11T09:00:00Z "Order sync: 1 flow changed"
}
