// As the program's own main: started again with a hidden command this is the child that reads a file from outside.
#define CATCH_CONFIG_RUNNER
#include "importers/child_reader.hpp"

#include <catch2/catch.hpp>

#include <csignal>

int main(int argc, char **argv) {
    if (keyaki::importers::is_child_reader(argc, argv)) {
        return keyaki::importers::run_child_reader(argc, argv);
    }
    std::signal(SIGPIPE, SIG_IGN); // as the program does: a child that goes is an error of a write
    return Catch::Session().run(argc, argv);
}
