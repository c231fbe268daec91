/* main.c - starts the simulator, runs it until a signal, ends it tidily. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "memory.h"
#include "server.h"
#include "state.h"

static int load_account(struct simulator *sim)
{
    struct buffer dump = {0};
    const char *path = sim->options.load;
    int result = -1;

    if (buffer_read_file(&dump, path) != 0)
        fprintf(stderr, "simulator: %s: %s\n", path, strerror(errno));
    else if (state_load(sim->account, dump.data, dump.len) != 0)
        fprintf(stderr, "simulator: %s: no dump of /_admin/state\n", path);
    else
        result = 0;
    buffer_release(&dump);
    return result;
}

static int make_account(struct simulator *sim)
{
    sim->account = account_new(sim->options.seed, &sim->options.rules);
    random_seed(&sim->faults.random, sim->options.seed + 1);
    random_seed(&sim->order, sim->options.seed + 2);
    if (sim->options.load)
        return load_account(sim);
    generate_account(sim->account, &sim->options.sizes, sim->options.seed);
    return 0;
}

static int fail_writing(const char *path)
{
    fprintf(stderr, "simulator: %s: %s\n", path, strerror(errno));
    return -1;
}

/* Writes the port beside the file and renames it, so that whoever waits for the file reads all of
 * it. */
static int write_port_file(const struct simulator *sim)
{
    struct buffer path = {0};
    FILE *file;
    int result = 0;

    if (!sim->options.port_file)
        return 0;
    buffer_format(&path, "%s.new", sim->options.port_file);
    file = fopen(path.data, "w");
    if (!file || fprintf(file, "%u\n", sim->port) < 0)
        result = fail_writing(path.data);
    if (file && fclose(file) != 0)
        result = fail_writing(path.data);
    if (result == 0 && rename(path.data, sim->options.port_file) != 0)
        result = fail_writing(sim->options.port_file);
    buffer_release(&path);
    return result;
}

static int announce(const struct simulator *sim)
{
    const char *scheme = sim->options.tls_cert ? "https" : "http";

    if (write_port_file(sim) != 0)
        return -1;
    printf("simulator: listening on %s://%s:%u/v1\n", scheme, sim->options.bind, sim->port);
    return fflush(stdout) == 0 ? 0 : -1;
}

/* Blocks the signals for this thread and all it starts; they are waited for instead. */
static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int run(struct simulator *sim)
{
    struct server *server;
    sigset_t signals;
    int received;
    int result;

    block_signals(&signals);
    server = server_start(sim);
    if (!server)
        return -1;
    result = announce(sim);
    if (result == 0)
        sigwait(&signals, &received);
    server_stop(server);
    return result;
}

int main(int argc, char **argv)
{
    struct simulator *sim = memory_new(sizeof *sim);
    enum options_result options = options_read(&sim->options, argc, argv);
    int result = options == OPTIONS_BAD ? 2 : 0;

    if (options == OPTIONS_HELP)
        options_help();
    if (options == OPTIONS_RUN) {
        result = make_account(sim) == 0 && run(sim) == 0 ? 0 : 1;
        faults_clear(&sim->faults);
        during_clear(&sim->during);
        rows_clear(&sim->runs);
        rows_clear(&sim->losses);
        stats_reset(&sim->stats);
        account_free(sim->account);
    }
    free(sim);
    return result;
}
