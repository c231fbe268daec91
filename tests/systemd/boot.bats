#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2034 # conditions are expanded when wait_for asks for them; inside.bash uses CURSOR
# After a boot: the daemon that inside.bats has enabled is there by itself, though its server is not.

bats_require_minimum_version 1.5.0
load inside

@test "it came up with the machine, and says that the server is not there" {
    CURSOR=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
    wait_for 30 eval '[[ $(systemctl is-active "$UNIT") == active ]]'
    wait_for 60 eval '[[ $(property StatusText) == *failed* ]]'
    sound
}

@test "it syncs once the server comes" {
    CURSOR=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
    simulator
    wait_for 60 logged "recovered, after"
    sound
}
