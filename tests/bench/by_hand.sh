#!/usr/bin/env bash
# The script that a competent user would write today instead of iokeeper: curl, jq, a YAML converter and git. It asks
# for the same lists as iokeeper does, page by page; one process a page, and one converter for the whole account.
# Not what iokeeper promises: no deletions confirmed, no owners, nothing proved, no resuming.
#
#   by_hand.sh API_URL TOKEN FOLDER
set -euo pipefail

api=$1 token=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)
raw=$folder.raw
limit=100

mkdir -p "$raw"
git init -q -b main "$folder"
printf 'header = "Authorization: Bearer %s"\nsilent\nshow-error\nfail\nretry = 3\n' "$token" >"$raw/curlrc"

# list PATH FILE: all rows of a list, one a line, without what changes by itself.
list() {
    local offset=0 rows=$limit
    : >"$2"
    while ((rows == limit)); do
        curl -K "$raw/curlrc" "$api/$1?limit=$limit&offset=$offset" |
            jq -c '.[] | del(.lastExecutedAt, .lastModified, .offline, .queues)' >"$raw/page"
        rows=$(wc -l <"$raw/page")
        cat "$raw/page" >>"$2"
        offset=$((offset + rows))
    done
}

for kind in integrations flows exports imports connections; do
    list "$kind" "$raw/$kind.ndjson"
done
jq -r ._id "$raw/integrations.ndjson" >"$raw/ids"
while read -r id; do
    mkdir "$raw/$id"
    for rows in connections ashares audit errors; do
        list "integrations/$id/$rows" "$raw/$id/$rows.ndjson"
    done
done <"$raw/ids"

python3 "$here/to_yaml.py" "$raw" "$folder"
git -C "$folder" add -A
git -C "$folder" -c user.name=mirror -c user.email=mirror@localhost commit -q -m "Mirror"
