# shellcheck shell=bash disable=SC2154 # play.sh says where here is
# A podman that needs neither registry nor network, for docs/CONTAINER.md: what the options and the Containerfile say is done
# on this machine, with folders here in the place of volumes. What it does not know it refuses.

PID=
trap '[[ -z $PID ]] || kill "$PID"' EXIT

sudo() { "$@" 2>/dev/null || ((EUID != 0)); }

# of WORD: what the Containerfile has behind it, in the image that is made last
of() { sed -n "/^FROM debian:12-slim\$/,\$s/^$1 //p" "$here/../../$FILE"; }

podman() {
    local verb=$1
    shift
    "podman_$verb" "$@"
}

podman_build() {
    [[ $1 == -t && $3 == -f && $5 == . && $# -eq 5 ]]
    IMAGE=$2 FILE=$4
    [[ $IMAGE == "iokeeper:$(iokeeper --version | cut -d' ' -f2)" && -n $(of ENTRYPOINT) ]]
}

podman_run() {
    local volume variables
    read -ra variables <<<"$(of ENV)"
    VOLUMES=()
    while (($# > 1)); do
        case $1 in
        -d | --read-only) ;;
        --name) NAME=$2 && shift ;;
        --tmpfs) shift ;;
        -v) VOLUMES+=("$2") && shift ;;
        -e) variables+=("$2") && shift ;;
        *) return 1 ;;
        esac
        shift
    done
    [[ $1 == "$IMAGE" ]]
    for volume in "${VOLUMES[@]}"; do
        volume=${volume%:ro}
        [[ ${volume%%:*} == ./* ]] || mkdir "${volume%%:*}"
        variables=("${variables[@]//"${volume#*:}"/"$PWD/${volume%%:*}"}")
    done
    VARIABLES=(PATH="$PATH" "${variables[@]}")
    env -i "${VARIABLES[@]}" iokeeper "$(of CMD | jq -r '.[0]')" 2>"$PWD/log" &
    PID=$!
    until grep -q synced: "$PWD/log"; do
        kill -0 "$PID"
        sleep 0.05
    done
}

podman_exec() {
    [[ $1 == "$NAME" ]]
    env -i "${VARIABLES[@]}" "${@:2}"
}

podman_stop() {
    [[ $1 == "$NAME" ]]
    kill -s "$(of STOPSIGNAL)" "$PID"
    wait "$PID" || (($? == 143))
    PID=
}
