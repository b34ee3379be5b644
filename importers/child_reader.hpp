#pragma once

#include "importers/importer.hpp"
#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"

#include <span>
#include <stop_token>
#include <string>

namespace keyaki::importers {

/// The hidden commands of the program under which run_child_reader is its main: `keyaki read-file …` and so on.
inline constexpr std::string_view child_reader_command = "read-file";
inline constexpr std::string_view osm_child_reader_command = "read-osm-file";
inline constexpr std::string_view osm_child_cutter_command = "cut-osm-file";
inline constexpr std::string_view osm_child_changer_command = "change-osm-file";
/// This program, as it is started again for that; of a binary whose main hands such a command to run_child_reader.
inline constexpr const char *own_program = "/proc/self/exe";
/// Whether argv is one of them.
[[nodiscard]] bool is_child_reader(int argc, char **argv) noexcept;

/// As read_vector_file, but in a process of its own that can neither write files nor reach the network, and that ends with its limits of memory and
/// time (limits.hpp): what strangers made is not parsed inside the server. May be called from any thread; blocks it.
/// \param program_path own_program, or another such binary
/// \throws geo::Error as read_vector_file; with one sentence unavailable when the process was killed from outside, invalid_input when it fell,
/// too_large when it ran out of memory or time or hung, conflict when `stop` came, which ends the process at once, corrupt when it wrote what no
/// honest one would
[[nodiscard]] ImportReport read_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const ImportOptions &options,
                                         const FeatureSink &sink, const Progress &progress = {}, const std::stop_token &stop = {});

/// As read_osm_file, in such a process.
[[nodiscard]] OsmReport read_osm_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const OsmOptions &options,
                                          const OsmSink &sink, const Progress &progress = {});

/// As cut_osm_extract and change_osm_extract (osm_extract.hpp), in such a process; the sink is called on the calling thread. All files of a change
/// lie in `folder`, the only one that the process may read.
[[nodiscard]] OsmChangeReport cut_osm_extract_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path,
                                                       const std::optional<geo::LonLatBox> &box, const OsmBytesSink &sink,
                                                       const Progress &progress = {});
[[nodiscard]] OsmChangeReport change_osm_extract_in_child(const std::filesystem::path &program_path, const std::filesystem::path &folder,
                                                          std::string_view extract, std::span<const std::string> changes,
                                                          const OsmChangeOptions &options, const OsmBytesSink &sink, const Progress &progress = {});

/// The child's main: locks itself in, reads, writes frames (feature_stream.hpp) to standard output. argv as the functions above made it, with the
/// command at argv[1]. The value is the process's exit status: 0 also where the file was refused, which is the last frame's to say.
[[nodiscard]] int run_child_reader(int argc, char **argv);

} // namespace keyaki::importers
