// Enters the sandbox and tries what a taken-over parser would try. Ends with the number of the first attempt that succeeded, 0 when none did.
#include "importers/child_sandbox.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <linux/landlock.h>
#include <new>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        return 64;
    }
    keyaki::importers::enter_sandbox(argv[1], keyaki::importers::city_file_limits);
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) {
        return 1;
    }
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0) {
        return 2;
    }
    if (open(argv[1], O_WRONLY | O_CREAT, 0600) >= 0 || open(argv[1], O_RDWR) >= 0) {
        return 3;
    }
    if (const pid_t child = fork(); child >= 0) {
        _exit(4);
    }
    execl("/bin/false", "false", nullptr); // would end with 1
    if (kill(getppid(), 0) == 0) {
        return 6;
    }
    if (unlink(argv[1]) == 0) {
        return 7;
    }
    if (mmap(nullptr, 8ULL << 30U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
        return 8;
    }
    if (open(argv[1], O_RDONLY) < 0) { // reading is what it is for
        return 9;
    }
    const bool has_landlock = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
    if (has_landlock && open("/etc/passwd", O_RDONLY) >= 0) {
        return 11;
    }
    bool ran = false;
    std::thread([&ran] { ran = true; }).join(); // and libraries may use threads
    return ran ? 0 : 10;
}
