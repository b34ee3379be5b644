#include "tests/support/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace keyaki::test {

namespace {

/// Reads both pipes to their ends, so that neither can fill up while the other is waited for.
void read_both(int out, int error, CommandResult &result) {
    std::array<pollfd, 2> ends{pollfd{out, POLLIN, 0}, pollfd{error, POLLIN, 0}};
    std::array<char, 65536> buffer{};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        poll(ends.data(), ends.size(), -1);
        for (pollfd &end : ends) {
            if (end.fd < 0 || end.revents == 0) {
                continue;
            }
            const ssize_t count = read(end.fd, buffer.data(), buffer.size());
            if (count <= 0) {
                close(end.fd);
                end.fd = -1;
                continue;
            }
            (&end == &ends[0] ? result.out : result.error).append(buffer.data(), static_cast<std::size_t>(count));
        }
    }
}

} // namespace

Pipe::Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no pipe could be made");
    }
    read_end = ends[0];
    write_end = ends[1];
}

pid_t start_process(const std::vector<std::string> &words, int out, int error) {
    std::vector<char *> arguments;
    for (const std::string &word : words) {
        arguments.push_back(const_cast<char *>(word.c_str())); // execvp does not write through it
    }
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error("no process could be started");
    }
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        if (error >= 0) {
            dup2(error, STDERR_FILENO);
        }
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    return child;
}

int wait_for_process(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

CommandResult run(const std::vector<std::string> &words) {
    const Pipe out;
    const Pipe error;
    const pid_t process = start_process(words, out.write_end, error.write_end);
    close(out.write_end);
    close(error.write_end);
    CommandResult result;
    read_both(out.read_end, error.read_end, result);
    result.status = wait_for_process(process);
    return result;
}

bool has_program(const std::string &name) {
    const char *path = std::getenv("PATH");
    std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
    for (std::size_t begin = 0; begin <= folders.size();) {
        const std::size_t end = std::min(folders.find(':', begin), folders.size());
        if (access((std::filesystem::path(folders.substr(begin, end - begin)) / name).c_str(), X_OK) == 0) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

} // namespace keyaki::test
