// The program that child_reader_test starts, as the server's main does for its hidden command; and four that misbehave.
#include "importers/child_reader.hpp"
#include "importers/child_sandbox.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (!keyaki::importers::is_child_reader(argc, argv)) {
        std::fputs("usage: read_file_program read-file PATH\n", stderr);
        return 64;
    }
    const std::string_view path = argv[2];
    if (path.ends_with("kill-me")) {
        std::raise(SIGKILL);
    }
    if (path.ends_with("say-nothing")) {
        return 3;
    }
    if (path.ends_with("never-end")) { // one second of processor time, and nothing done with it
        keyaki::importers::enter_sandbox(argv[0], {keyaki::importers::child_address_space_bytes, 1});
        for (std::atomic<int> turns = 0;; ++turns) {
        }
    }
    if (path.ends_with("write-nonsense")) {
        std::fwrite("\x05\x00\x00\x00\x01\xFF\xFF\xFF\xFF", 1, 9, stdout); // a feature whose id is 4 GiB long
        return 0;
    }
    return keyaki::importers::run_child_reader(argc, argv);
}
