#include "importers/child_reader.hpp"

#include "geo/error.hpp"
#include "importers/feature_stream.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keyaki::importers {

namespace {

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : m_number(number) {}
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    Descriptor(Descriptor &&other) noexcept : m_number(std::exchange(other.m_number, -1)) {}
    Descriptor &operator=(Descriptor &&other) noexcept {
        std::swap(m_number, other.m_number);
        return *this;
    }
    ~Descriptor() { reset(); }
    void reset() {
        if (m_number >= 0) {
            close(std::exchange(m_number, -1));
        }
    }
    [[nodiscard]] int number() const { return m_number; }

  private:
    int m_number = -1;
};

[[noreturn]] void refuse_start(const char *what, int problem) {
    throw geo::Error(geo::ErrorKind::unavailable,
                     fmt::format("expected to start a process that reads the file, found {}: {}", what, std::strerror(problem)));
}

std::vector<std::string> arguments_of(const std::filesystem::path &program, const std::filesystem::path &path, const ImportOptions &options) {
    std::vector<std::string> arguments = {program.string(), std::string(child_reader_command), std::filesystem::absolute(path).string()};
    const auto add = [&](const char *name, const std::optional<std::string> &value) {
        if (value) {
            arguments.emplace_back(name);
            arguments.push_back(*value);
        }
    };
    add("--encoding", options.encoding);
    add("--crs", options.crs);
    add("--key", options.key_column);
    add("--lon-column", options.lon_column);
    add("--lat-column", options.lat_column);
    add("--layer-in-file", options.layer_in_file);
    return arguments;
}

/// A running child with the reading end of its pipe; killed and waited for whatever happens.
class Child {
  public:
    Child(const std::filesystem::path &program, std::vector<std::string> arguments) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) {
            refuse_start("no pipe", errno);
        }
        m_pipe = Descriptor(ends[0]);
        const Descriptor writing(ends[1]);
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
        const int problem = posix_spawn(&m_process, program.c_str(), &actions, nullptr, argv.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        if (problem != 0) {
            m_process = -1;
            refuse_start(program.c_str(), problem);
        }
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    ~Child() {
        if (m_process > 0) {
            kill(m_process, SIGKILL);
            wait();
        }
    }

    /// Bytes of the pipe; 0 at its end. \throws geo::Error when the child says nothing for too long
    std::size_t read(std::span<char> buffer) {
        pollfd waiting{m_pipe.number(), POLLIN, 0};
        int ready = 0;
        do {
            ready = poll(&waiting, 1, static_cast<int>(child_silence_s * 1000));
        } while (ready < 0 && errno == EINTR);
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
    int wait() {
        int status = 0;
        while (waitpid(std::exchange(m_process, m_process), &status, 0) < 0 && errno == EINTR) {
        }
        m_process = -1;
        return status;
    }

  private:
    Descriptor m_pipe;
    pid_t m_process = -1;
};

[[noreturn]] void refuse_end(int status, const std::filesystem::path &path) {
    const std::string name = path.filename().string();
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
        throw geo::Error(
            geo::ErrorKind::too_large,
            fmt::format("expected {} to be read within {} s of processor time, found it longer: the reading was stopped", name, child_cpu_s));
    }
    if (WIFSIGNALED(status)) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("expected {} to be read to its end, found the reading process stopped by signal {} ({}): the file is damaged or needs more "
                        "than {} MiB of memory",
                        name, WTERMSIG(status), strsignal(WTERMSIG(status)), child_address_space_bytes >> 20U));
    }
    throw geo::Error(geo::ErrorKind::internal, fmt::format("expected a report on {}, found the reading process ended with status {} without one",
                                                           name, WIFEXITED(status) ? WEXITSTATUS(status) : -1));
}

/// Hands on what the frames say; the report ends it.
std::optional<ImportReport> take_items(FrameReader &frames, const FeatureSink &sink, const Progress &progress, std::uint64_t &features) {
    while (auto item = frames.next()) {
        if (auto *feature = std::get_if<geo::Feature>(&*item)) {
            ++features;
            sink(std::move(*feature));
        } else if (const auto *step = std::get_if<StreamProgress>(&*item)) {
            if (progress) {
                progress(step->done, step->total, step->unit);
            }
        } else if (const auto *error = std::get_if<StreamError>(&*item)) {
            throw geo::Error(error->kind, error->sentence);
        } else {
            return std::get<ImportReport>(std::move(*item));
        }
    }
    return std::nullopt;
}

} // namespace

ImportReport read_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const ImportOptions &options,
                           const FeatureSink &sink, const Progress &progress) {
    Child child(program_path, arguments_of(program_path, path, options));
    FrameReader frames;
    std::uint64_t features = 0;
    std::vector<char> buffer(256U << 10U);
    for (std::size_t got = child.read(buffer); got > 0; got = child.read(buffer)) {
        frames.feed(std::string_view(buffer.data(), got));
        if (auto report = take_items(frames, sink, progress, features)) {
            if (report->features != features) {
                throw geo::Error(geo::ErrorKind::corrupt, fmt::format("expected {} features as the reading process reports, found {} in its answer",
                                                                      report->features, features));
            }
            return *std::move(report);
        }
    }
    refuse_end(child.wait(), path);
}

} // namespace keyaki::importers
