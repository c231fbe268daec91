#!/usr/bin/env bats
# metrics.textfile, the alerts and the dashboard: promtool is the judge.

load helpers

METRICS=

measured() {
    METRICS=$T/iokeeper.prom
    config "metrics.textfile=$METRICS" "$@"
}

# metric NAME [LABELS]: its value; LABELS as the file spells those behind account
metric() {
    grep -F "$1{account=\"default\"${2:+,$2}} " "$METRICS" | cut -d' ' -f2
}

sync() {
    expect "$1" --config "$CONFIG" sync
    says_not metrics
    promtool check metrics <"$METRICS" >"$T/promtool" 2>&1 || { cat "$T/promtool" >&2; return 1; }
    equal promtool "$(<"$T/promtool")" ""
    not grep -aqF "$TOKEN" "$METRICS"
}

@test "after a sync there is a file that Prometheus takes" {
    sim_start_small
    measured schedule.every=10min
    sync 0
    equal mode "$(stat -c %a "$METRICS")" 644
    equal success "$(metric iokeeper_last_cycle_success)" 1
    equal complete "$(metric iokeeper_last_cycle_complete)" 1
    equal failures "$(metric iokeeper_failures)" 0
    equal interval "$(metric iokeeper_schedule_interval_seconds)" 600
    equal flows "$(metric iokeeper_resources 'kind="flow"')" "$(ids flows | wc -l)"
    equal added "$(metric iokeeper_changes_total 'kind="flow",verb="added"')" "$(ids flows | wc -l)"
    equal requests "$(metric iokeeper_api_requests_total 'code="200"')" "$(stat_of '.by_status["200"]')"
    equal withheld "$(metric iokeeper_withheld_deletions)" 0
    [[ $(metric iokeeper_last_complete_timestamp_seconds) -ge $(($(date +%s) - 60)) ]]
    grep -qF "iokeeper_build_info{account=\"default\",version=\"$("$IOKEEPER" --version | cut -d' ' -f2)\"} 1" "$METRICS"
}

@test "counters only grow, whoever syncs" {
    sim_start_small
    measured
    sync 0
    local before
    before=$(metric iokeeper_api_requests_total 'code="200"')
    admin POST '/mutate?seed=3&edits=4'
    sync 0
    [[ $(metric iokeeper_api_requests_total 'code="200"') -gt $before ]]
    equal cycles "$(metric iokeeper_cycles_total 'outcome="synced"')" 2
    equal changed "$(awk '/^iokeeper_changes_total.*verb="changed"/ { n += $2 } END { print n }' "$METRICS")" \
        "$(jq '[.totals.changes[].changed // 0] | add' "$MIRROR/.git/iokeeper/status.json")"
}

@test "failures, partial cycles and withheld deletions show" {
    sim_start_small --exports 20
    measured safety.max_delete=0 safety.max_delete_percent=1
    sync 0
    local complete
    complete=$(metric iokeeper_last_complete_timestamp_seconds)
    fault '{"path":"/v1/*","do":"status","status":401}'
    sync 12
    sync 12
    equal success "$(metric iokeeper_last_cycle_success)" 0
    equal failures "$(metric iokeeper_failures)" 2
    equal refused "$(metric iokeeper_api_requests_total 'code="401"')" "$(stat_of '.by_status["401"]')"
    equal "last complete" "$(metric iokeeper_last_complete_timestamp_seconds)" "$complete"
    faults_clear
    fault '{"path":"/v1/connections","do":"status","status":403}'
    sync 3
    equal success "$(metric iokeeper_last_cycle_success)" 1
    equal complete "$(metric iokeeper_last_cycle_complete)" 0
    faults_clear
    admin DELETE "/exports/$(first exports)"
    admin DELETE "/exports/$(first exports)"
    sync 5
    equal withheld "$(metric iokeeper_withheld_deletions)" 2
    equal failures "$(metric iokeeper_failures)" 0
}

@test "retries, and what was not answered" {
    sim_start_small
    measured
    fault '{"path":"/v1/flows","do":"status","status":503,"times":2}'
    fault '{"path":"/v1/exports","do":"cut","bytes":20,"times":1}'
    sync 0
    equal "503s" "$(metric iokeeper_api_requests_total 'code="503"')" 2
    equal "no answers" "$(metric iokeeper_api_requests_total 'code="none"')" 1
    equal retries "$(metric iokeeper_api_retries_total)" 3
}

@test "pushes, and what is not pushed" {
    sim_start_small
    measured "mirror.remote=$T/remote.git"
    expect 0 --config "$CONFIG" sync
    equal unpushed "$(metric iokeeper_unpushed_commits)" -1
    equal failed "$(metric iokeeper_push_failures_total)" 1
    git init -q --bare -b main "$T/remote.git"
    sync 0
    equal unpushed "$(metric iokeeper_unpushed_commits)" 0
    equal pushes "$(metric iokeeper_pushes_total)" 1
    [[ -n $(metric iokeeper_last_push_timestamp_seconds) ]]
}

@test "open errors by flow" {
    sim_start_small
    measured
    local integration flow
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\"")
    admin PUT "/integrations/$integration/errors" "[{\"_flowId\":\"$flow\",\"numError\":7},{\"_flowId\":\"x\\\"}\\n\",\"numError\":1}]"
    sync 0
    equal errors "$(metric iokeeper_flow_errors "integration=\"$integration\",flow=\"$flow\"")" 7
    grep -qF 'flow="x\"}\n"} 1' "$METRICS"
}

@test "a flow that is told twice is one sample, and nonsense none" {
    sim_start_small
    measured
    local integration
    integration=$(first integrations)
    admin PUT "/integrations/$integration/errors" \
        '[{"_flowId":"a","numError":1},{"_flowId":"a","numError":2},{"_flowId":"b","numError":1e300},{"_flowId":"c","numError":-4}]'
    sync 0
    equal samples "$(grep -c "^iokeeper_flow_errors{.*integration=\"$integration\"" "$METRICS")" 1
    grep -q "^iokeeper_flow_errors{.*,flow=\"a\"} [12]$" "$METRICS"
}

@test "a folder that is not there is a warning, and no failure" {
    sim_start_small
    config "metrics.textfile=$T/nowhere/iokeeper.prom"
    expect 0 --config "$CONFIG" sync
    says "metrics.textfile: "
}

@test "the alerts are sound, and rise when they should" {
    cp "$BATS_TEST_DIRNAME/../../etc/prometheus/iokeeper.rules.yaml" "$T/rules.yaml"
    promtool check rules "$T/rules.yaml"
    cat >"$T/test.yaml" <<'TEST'
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: iokeeper_build_info{account="a",version="1"}
        values: 1x600
      - series: iokeeper_build_info{account="gone",version="1"}
        values: 1x500
      - series: iokeeper_build_info{account="new",version="1"}
        values: 1x600
      - series: iokeeper_schedule_interval_seconds{account="a"}
        values: 900x600
      - series: iokeeper_last_complete_timestamp_seconds{account="a"}
        values: 0x600
      - series: iokeeper_failures{account="a"}
        values: 0x60 3x540
      - series: iokeeper_withheld_deletions{account="a"}
        values: 0x60 12x540
      - series: iokeeper_unpushed_commits{account="a"}
        values: 0x60 2x540
      - series: iokeeper_flow_errors_open{account="a"}
        values: 0+1x600
      - series: iokeeper_last_cycle_success{account="a"}
        values: 1x600
      - series: iokeeper_last_cycle_complete{account="a"}
        values: 1x10 0x590
      - series: iokeeper_api_requests_total{account="a",code="429"}
        values: 0+1x600
    alert_rule_test: &all
      - {eval_time: 50m, alertname: IokeeperNoCompleteSync, exp_alerts: []}
      - {eval_time: 50m, alertname: IokeeperFailing, exp_alerts: []}
      - {eval_time: 50m, alertname: IokeeperUnpushed, exp_alerts: []}
      - {eval_time: 50m, alertname: IokeeperPartial, exp_alerts: []}
      - {eval_time: 50m, alertname: IokeeperNeverComplete, exp_alerts: []}
TEST
    promtool test rules "$T/test.yaml"
    # And all of them in the end: this test must fail for each.
    sed -i 's/eval_time: 50m/eval_time: 9h/' "$T/test.yaml"
    local alert
    for alert in NoCompleteSync NeverComplete Failing Partial WithheldDeletions Unpushed FlowErrorsGrow RateLimited MetricsGone; do
        sed "/alert_rule_test/,\$d" "$T/test.yaml" >"$T/one.yaml"
        printf '    alert_rule_test:\n      - {eval_time: 9h, alertname: Iokeeper%s, exp_alerts: []}\n' "$alert" >>"$T/one.yaml"
        not promtool test rules "$T/one.yaml"
    done
}

@test "the dashboard asks for metrics that there are" {
    sim_start_small
    measured "mirror.remote=$T/remote.git"
    git init -q --bare -b main "$T/remote.git"
    local integration
    integration=$(first integrations)
    admin PUT "/integrations/$integration/errors" "[{\"_flowId\":\"$(first flows)\",\"numError\":7}]"
    sync 0
    local dashboard=$BATS_TEST_DIRNAME/../../etc/grafana/iokeeper.json
    sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p' "$METRICS" | sort >"$T/there"
    jq -r '.panels[].targets[].expr' "$dashboard" | grep -oE 'iokeeper_[a-z_]+' | sort -u >"$T/asked"
    equal "asked for, and not there" "$(comm -13 "$T/there" "$T/asked")" ""
    equal "there, and on no panel" "$(comm -23 "$T/there" "$T/asked")" ""
    # Each expression is one, once its variable is filled in.
    { echo 'groups: [{name: x, rules: ['; jq -r '[.panels[].targets[].expr | gsub("\\$account"; ".*")] | to_entries[] | "{record: x\(.key), expr: \(.value | @json)},"' "$dashboard"; echo ']}]'; } >"$T/x.yaml"
    promtool check rules "$T/x.yaml" 2>&1 | grep -q SUCCESS
    equal ids "$(jq '[.panels[].id] | (unique | length) == length' "$dashboard")" true
}
