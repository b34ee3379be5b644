#pragma once

#include "importers/importer.hpp"

namespace keyaki::importers {

/// The hidden command of the program under which run_child_reader is its main: `keyaki read-file …`.
inline constexpr std::string_view child_reader_command = "read-file";

/// As read_vector_file, but in a process of its own that can neither write files nor reach the network, and that ends with its limits of memory and
/// time (limits.hpp): what strangers made is not parsed inside the server. May be called from any thread; blocks it.
/// \param program_path of a binary whose main hands `read-file` to run_child_reader; usually /proc/self/exe
/// \throws geo::Error as read_vector_file; invalid_input or too_large with one sentence when the process was killed, ran out of memory or hung
[[nodiscard]] ImportReport read_in_child(const std::filesystem::path &program_path, const std::filesystem::path &path, const ImportOptions &options,
                                         const FeatureSink &sink, const Progress &progress = {});

/// The child's main: locks itself in, reads, writes frames (feature_stream.hpp) to standard output. argv as read_in_child made it, with the command
/// at argv[1]. The value is the process's exit status: 0 also where the file was refused, which is the last frame's to say.
[[nodiscard]] int run_child_reader(int argc, char **argv);

} // namespace keyaki::importers
