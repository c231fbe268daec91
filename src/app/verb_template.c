/* verb_template: the vendor's archive of one integration. */
#include "app/command.h"
#include "app/options.h"
#include "app/output.h"
#include "route/template.h"

#include <string.h>

int verb_template(struct invocation *in, struct err *err)
{
    if (!in->output)
        return err_set(err, ERR_USAGE, "usage: iokeeper template INTEGRATION -o FILE");
    struct account_options options = options_account(&in->config, in->stop_fd);
    if (template_download(&options, in->args[0], in->output, err) < 0)
        return -1;
    bool to_stdout = strcmp(in->output, "-") == 0;
    if (in->json && !to_stdout) {
        struct arena scratch = {0};
        struct node fields = node_map(&scratch, 2);
        output_set(&scratch, &fields, "result", "downloaded");
        output_set(&scratch, &fields, "file", in->output);
        output_set_number(&scratch, &fields, "exit", EXIT_DONE);
        output_json(&scratch, "summary", fields);
        arena_release(&scratch);
    } else if (!in->quiet && !to_stdout) {
        output_line("wrote %s", in->output);
    }
    return EXIT_DONE;
}
