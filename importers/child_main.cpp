#include "importers/child_reader.hpp"

#include "geo/error.hpp"
#include "importers/child_sandbox.hpp"
#include "importers/feature_stream.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

namespace keyaki::importers {

namespace {

constexpr int pipe_descriptor = 3; // standard output's pipe, out of reach of what a library may print
constexpr std::size_t flush_bytes = 128U << 10U;
constexpr int failed_status = 70; // EX_SOFTWARE of sysexits.h

/// Frames on their way to the parent.
class FramePipe {
  public:
    template <typename Item>
    void write(const Item &item, bool now) {
        write_frame(item, m_waiting);
        if (now || m_waiting.size() >= flush_bytes) {
            flush();
        }
    }

  private:
    void flush() {
        std::string_view rest = m_waiting;
        while (!rest.empty()) {
            const ssize_t written = ::write(pipe_descriptor, rest.data(), rest.size());
            if (written < 0 && errno != EINTR) {
                _exit(failed_status); // the parent is gone: nobody is left to tell
            }
            rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
        m_waiting.clear();
    }
    std::string m_waiting;
};

/// Leaves three descriptors that lead nowhere, and the pipe.
bool settle_descriptors() {
    if (dup2(STDOUT_FILENO, pipe_descriptor) != pipe_descriptor || close_range(pipe_descriptor + 1, ~0U, 0) != 0) {
        return false;
    }
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    const bool settled = nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
    if (nowhere > pipe_descriptor) {
        close(nowhere);
    }
    return settled;
}

ImportOptions options_of(int argc, char **argv) {
    ImportOptions options;
    for (int i = 3; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string value = argv[i + 1];
        (name == "--encoding"     ? options.encoding
         : name == "--crs"        ? options.crs
         : name == "--key"        ? options.key_column
         : name == "--lon-column" ? options.lon_column
         : name == "--lat-column" ? options.lat_column
                                  : options.layer_in_file) = value;
    }
    return options;
}

} // namespace

int run_child_reader(int argc, char **argv) {
    if (argc < 3 || !settle_descriptors()) {
        return failed_status;
    }
    FramePipe pipe;
    try {
        const ImportOptions options = options_of(argc, argv);
        enter_sandbox(argv[2]);
        const ImportReport report = read_vector_file(
            argv[2], options, [&](geo::Feature &&feature) { pipe.write(feature, false); },
            [&](std::uint64_t done, std::uint64_t total, std::string_view unit) {
                pipe.write(StreamProgress{done, total, std::string(unit)}, true);
            });
        pipe.write(report, true);
    } catch (const geo::Error &error) {
        pipe.write(StreamError{error.kind(), error.what()}, true);
    } catch (const std::bad_alloc &) {
        pipe.write(
            StreamError{geo::ErrorKind::too_large, fmt::format("expected a file that can be read within {} MiB of memory, found one that cannot",
                                                               child_address_space_bytes >> 20U)},
            true);
    } catch (const std::exception &error) {
        pipe.write(StreamError{geo::ErrorKind::internal, fmt::format("reading the file failed: {}", error.what())}, true);
    }
    // Neither destructors of GDAL nor of the C++ library have anything to say after the last frame.
    _exit(0);
}

} // namespace keyaki::importers
