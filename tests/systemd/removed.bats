#!/usr/bin/env bats
# The package goes; what it has saved stays.

bats_require_minimum_version 1.5.0
load inside

@test "removing it stops what runs" {
    dpkg --remove iokeeper
    equal processes "$(pgrep -c -x iokeeper || true)" 0
    [[ ! -e /usr/lib/systemd/system/iokeeper@.service ]]
    sound
}

@test "purging it keeps mirrors and configuration, and says so" {
    dpkg --purge iokeeper | tee /tmp/purge
    grep -qF "iokeeper: /var/lib/iokeeper is kept" /tmp/purge
    grep -qF "iokeeper: /etc/iokeeper is kept" /tmp/purge
    sound
    [[ -s /etc/iokeeper/default.token ]]
    equal links "$(find /etc/systemd/system -name 'iokeeper*')" ""
}
