#include "tests/support/live_server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace keyaki::test {

namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("no pipe could be made");
        }
    }
};

pid_t start(const std::vector<std::string> &words, int out, int error) {
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

int wait_for(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

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

std::string read_line(int end) {
    std::string line;
    char letter = 0;
    while (read(end, &letter, 1) == 1 && letter != '\n') {
        line += letter;
    }
    return line;
}

} // namespace

CommandResult run(const std::vector<std::string> &words) {
    const Pipe out;
    const Pipe error;
    const pid_t process = start(words, out.ends[1], error.ends[1]);
    close(out.ends[1]);
    close(error.ends[1]);
    CommandResult result;
    read_both(out.ends[0], error.ends[0], result);
    result.status = wait_for(process);
    return result;
}

CommandResult run_keyaki(std::vector<std::string> words) {
    words.insert(words.begin(), KEYAKI_PROGRAM);
    return run(words);
}

LiveServer::LiveServer(const std::filesystem::path &database) {
    const Pipe out;
    m_process = start({KEYAKI_PROGRAM, "serve", "--database", database.string(), "--listen", "127.0.0.1:0", "--log-level", "warn"}, out.ends[1], -1);
    close(out.ends[1]);
    m_output = out.ends[0];
    const std::string line = read_line(m_output);
    const std::size_t begin = line.find("http://");
    if (begin == std::string::npos) {
        const int status = end_with(SIGTERM);
        throw std::runtime_error("the server ended with " + std::to_string(status) + " after printing: " + line);
    }
    m_address = line.substr(begin, line.find_last_not_of('/') + 1 - begin);
}

LiveServer::~LiveServer() {
    if (m_process > 0) {
        end_with(SIGTERM);
    }
}

int LiveServer::terminate() { return end_with(SIGTERM); }

void LiveServer::kill() { end_with(SIGKILL); }

int LiveServer::end_with(int signal) {
    ::kill(m_process, signal);
    const int status = wait_for(m_process);
    m_process = -1;
    close(m_output);
    return status;
}

} // namespace keyaki::test
