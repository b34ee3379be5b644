#include "importers/child_reader.hpp"

#include "geo/error.hpp"
#include "importers/child_process.hpp"
#include "importers/child_sandbox.hpp"
#include "importers/feature_stream.hpp"
#include "importers/osm_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <system_error>
#include <unistd.h>

namespace keyaki::importers {

namespace {

constexpr int pipe_descriptor = 3; // standard output's pipe, out of reach of what a library may print
constexpr std::size_t flush_bytes = 128U << 10U;
constexpr int failed_status = 70; // EX_SOFTWARE of sysexits.h

/// Frames on their way to the parent. Features come from one thread, with nobody beside it.
class FramePipe {
  public:
    template <typename Item>
    void write(const Item &item) {
        const std::lock_guard lock(m_mutex);
        write_frame(item, m_waiting);
        flush();
    }
    void write_bytes(std::string_view bytes) {
        const std::lock_guard lock(m_mutex);
        write_bytes_frame(bytes, m_waiting);
        flush();
    }
    void write_feature(const geo::Feature &feature, std::uint64_t row) {
        write_frame(feature, row, m_waiting);
        flush_if_full();
    }
    void write_lost(const LostRow &row) {
        write_frame(row, m_waiting);
        flush_if_full();
    }
    void write_osm(std::uint8_t layer, const geo::Feature &feature) {
        write_osm_frame(layer, feature, m_waiting);
        flush_if_full();
    }

  private:
    void flush_if_full() {
        if (m_waiting.size() >= flush_bytes) {
            flush();
        }
    }
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
    std::mutex m_mutex; ///< of those that more than one thread may call
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
        if (name == "--invalid") {
            options.refuse_invalid = value == "refuse";
            continue;
        }
        (name == "--encoding"     ? options.encoding
         : name == "--crs"        ? options.crs
         : name == "--key"        ? options.key_column
         : name == "--lon-column" ? options.lon_column
         : name == "--lat-column" ? options.lat_column
         : name == "--preset"     ? options.preset
                                  : options.layer_in_file) = value;
    }
    return options;
}

std::optional<geo::LonLatBox> box_of(int argc, char **argv) {
    geo::LonLatBox box;
    if (argc < 4 || argv[3] == no_box_argument) {
        return std::nullopt;
    }
    std::string_view text = argv[3];
    for (double *side : {&box.west_deg, &box.south_deg, &box.east_deg, &box.north_deg}) {
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *side);
        if (problem != std::errc()) {
            throw geo::Error(geo::ErrorKind::internal, fmt::format("expected four numbers of a box, found {}", argv[3]));
        }
        text.remove_prefix(std::min(text.size(), static_cast<std::size_t>(end - text.data()) + 1));
    }
    return box;
}

std::uint8_t place_of_layer(std::string_view id) {
    const auto layers = osm_layers();
    return static_cast<std::uint8_t>(std::find_if(layers.begin(), layers.end(), [id](const OsmLayer &layer) { return layer.id == id; }) -
                                     layers.begin());
}

const ChildLimits &limits_of(std::string_view command) { return command == child_reader_command ? city_file_limits : osm_file_limits; }

/// Also when a thread of libosmium's finds no room for its stack.
bool is_out_of_memory(const std::exception &error) {
    const auto *failure = dynamic_cast<const std::system_error *>(&error);
    return dynamic_cast<const std::bad_alloc *>(&error) != nullptr ||
           (failure != nullptr && failure->code() == std::errc::resource_unavailable_try_again);
}

StreamError out_of_memory(const ChildLimits &limits) {
    return {geo::ErrorKind::too_large, fmt::format("expected a file that can be read within {} MiB of memory, found one that cannot",
                                                   address_space_in_force_bytes(limits) >> 20U)};
}

/// Lays changes over an extract: folder, box, sequence, the extract's name, the changes' names.
OsmChangeReport change(int argc, char **argv, const OsmBytesSink &sink, const Progress &progress) {
    constexpr int extract_place = 5;
    if (argc <= extract_place) {
        throw geo::Error(geo::ErrorKind::internal,
                         fmt::format("expected a folder, a box, a number and names of files, found {} arguments", argc - 2));
    }
    OsmChangeOptions options;
    options.box = box_of(argc, argv);
    const std::string_view sequence = argv[4];
    std::from_chars(sequence.data(), sequence.data() + sequence.size(), options.sequence);
    const std::filesystem::path folder = argv[2];
    std::vector<std::filesystem::path> changes;
    for (int i = extract_place + 1; i < argc; ++i) {
        changes.push_back(folder / argv[i]);
    }
    return change_osm_extract(folder / argv[extract_place], changes, options, sink, progress);
}

/// Reads the file and writes what it holds, up to the report.
void read_into(FramePipe &pipe, int argc, char **argv) {
    const std::string_view command = argv[1];
    enter_sandbox(argv[2], limits_of(command));
    const auto progress = [&](std::uint64_t done, std::uint64_t total, std::string_view unit) {
        pipe.write(StreamProgress{done, total, std::string(unit)});
    };
    const OsmBytesSink bytes_sink = [&](std::string_view bytes) { pipe.write_bytes(bytes); };
    if (command == osm_child_reader_command) {
        const auto sink = [&](std::string_view layer, geo::Feature &&feature) { pipe.write_osm(place_of_layer(layer), feature); };
        pipe.write(read_osm_file(argv[2], {box_of(argc, argv)}, sink, progress));
    } else if (command == osm_child_cutter_command) {
        pipe.write(cut_osm_extract(argv[2], box_of(argc, argv), bytes_sink, progress));
    } else if (command == osm_child_changer_command) {
        pipe.write(change(argc, argv, bytes_sink, progress));
    } else {
        const FeatureSink sink([&](const geo::Feature &feature, std::uint64_t row) { pipe.write_feature(feature, row); },
                               [&](const LostRow &row) { pipe.write_lost(row); });
        pipe.write(read_vector_file(argv[2], options_of(argc, argv), sink, progress));
    }
}

} // namespace

bool is_child_reader(int argc, char **argv) noexcept {
    return argc > 2 && (argv[1] == child_reader_command || argv[1] == osm_child_reader_command || argv[1] == osm_child_cutter_command ||
                        argv[1] == osm_child_changer_command);
}

int run_child_reader(int argc, char **argv) {
    // Ctrl-C is the parent's to answer: it ends the import and this process with it.
    if (!is_child_reader(argc, argv) || !settle_descriptors() || std::signal(SIGINT, SIG_IGN) == SIG_ERR) {
        return failed_status;
    }
    FramePipe pipe;
    try {
        read_into(pipe, argc, argv);
    } catch (const geo::Error &error) {
        pipe.write(StreamError{error.kind(), error.what()});
    } catch (const std::exception &error) {
        pipe.write(is_out_of_memory(error) ? out_of_memory(limits_of(argv[1]))
                                           : StreamError{geo::ErrorKind::internal, fmt::format("reading the file failed: {}", error.what())});
    }
    // Neither destructors of GDAL nor of the C++ library have anything to say after the last frame.
    _exit(0);
}

} // namespace keyaki::importers
