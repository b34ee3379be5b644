#include "importers/child_process.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keyaki::importers {

namespace {

[[noreturn]] void refuse_start(const char *what, int problem) {
    throw geo::Error(geo::ErrorKind::unavailable,
                     fmt::format("expected to start a process that reads the file, found {}: {}", what, std::strerror(problem)));
}

} // namespace

Descriptor::~Descriptor() {
    if (m_number >= 0) {
        close(m_number);
    }
}

StopSignal::StopSignal(const std::stop_token &stop) : m_event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), m_callback(stop, Wake{m_event.number()}) {
    if (m_event.number() < 0) {
        refuse_start("no descriptor for being told to stop", errno);
    }
}

void StopSignal::Wake::operator()() const noexcept {
    const std::uint64_t one = 1;
    (void)!::write(descriptor, &one, sizeof one); // full only when it was told already
}

ChildProcess::ChildProcess(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        refuse_start("no pipe", errno);
    }
    m_pipe = Descriptor(ends[0]);
    const Descriptor writing(ends[1]);
    fcntl(writing.number(), F_SETPIPE_SZ, child_pipe_bytes); // refused past the system's own limit: then it stays smaller
    std::vector<char *> argv;
    for (std::string &argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    // Nothing of the server's environment: it may hold keys, and variables steer GDAL and PROJ.
    std::string locale = "LC_ALL=C.UTF-8";
    std::string zone = "TZ=UTC";
    std::array<char *, 3> environment = {locale.data(), zone.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, writing.number(), STDOUT_FILENO);
    pid_t process = -1;
    const int problem = posix_spawn(&process, argv.front(), &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) {
        refuse_start(argv.front(), problem);
    }
    m_process = process;
}

ChildProcess::~ChildProcess() {
    if (m_process > 0) {
        kill(m_process, SIGKILL);
        wait();
    }
}

std::size_t ChildProcess::read(std::span<char> buffer, const StopSignal &stop) {
    std::array<pollfd, 2> waiting{pollfd{m_pipe.number(), POLLIN, 0}, pollfd{stop.descriptor(), POLLIN, 0}};
    int ready = 0;
    do {
        ready = poll(waiting.data(), waiting.size(), static_cast<int>(child_silence_s * 1000));
    } while (ready < 0 && errno == EINTR);
    if (waiting[1].revents != 0) {
        throw geo::Error(geo::ErrorKind::conflict, "the reading was stopped as somebody asked");
    }
    if (ready == 0) {
        throw geo::Error(
            geo::ErrorKind::too_large,
            fmt::format("expected progress in reading the file at least every {} s, found none: the reading was stopped", child_silence_s));
    }
    ssize_t got = 0;
    do {
        got = ::read(m_pipe.number(), buffer.data(), buffer.size());
    } while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
}

/// Its exit status as of waitpid(2).
int ChildProcess::wait() {
    int status = 0;
    while (waitpid(m_process, &status, 0) < 0 && errno == EINTR) {
    }
    m_process = -1;
    return status;
}

bool ChildProcess::ended_well() {
    const int status = wait();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void ChildProcess::refuse_end(const std::filesystem::path &path, const ChildLimits &limits) {
    const int status = wait();
    const std::string name = path.filename().string();
    if (!WIFSIGNALED(status)) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("expected a report on {}, found the reading process ended with status {} without one",
                                                               name, WIFEXITED(status) ? WEXITSTATUS(status) : -1));
    }
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected {} to be read within {} s of processor time, found it longer: the reading was stopped", name,
                                     cpu_in_force_s(limits)));
    }
    if (signal == SIGKILL || signal == SIGTERM || signal == SIGINT) { // no fault of the file's, as far as anybody can tell
        throw geo::Error(
            geo::ErrorKind::unavailable,
            fmt::format("expected {} to be read to its end, found the reading process stopped from outside by signal {} ({}), by somebody "
                        "or by a system short of memory: try again",
                        name, signal, strsignal(signal)));
    }
    throw geo::Error(
        geo::ErrorKind::invalid_input,
        fmt::format("expected {} to be read to its end, found the reading process stopped by signal {} ({}): the file is damaged or needs "
                    "more than {} MiB of memory",
                    name, signal, strsignal(signal), address_space_in_force_bytes(limits) >> 20U));
}

} // namespace keyaki::importers
