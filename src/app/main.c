#include <malloc.h>

#include "app/command.h"

int main(int argc, char **argv)
{
    /* Threads that only digest documents do not need heaps of their own. */
    mallopt(M_ARENA_MAX, 1);
    return command_main(argc, argv);
}
