#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace keyaki::importers {

/// One file of an archive, as its central directory states it (PKWARE APPNOTE 6.3.10, 4.3.12).
struct ZipEntry {
    std::string name; ///< UTF-8, with forward slashes; decoded from CP932 where the entry does not say that it is UTF-8
    std::uint64_t packed_bytes = 0;
    std::uint64_t unpacked_bytes = 0;
};

struct ZipContents {
    std::vector<ZipEntry> files; ///< without folders and without what macOS adds (__MACOSX, ._x)
    std::string name_encoding;   ///< "UTF-8" or "CP932"
};

/// Reads the central directory alone, before anybody unpacks anything.
/// \throws geo::Error invalid_input or too_large with one sentence for an archive that is cut short, is encrypted or split, names files outside
/// itself, overlaps its own entries, or unpacks to more than the limits (limits.hpp) allow
[[nodiscard]] ZipContents check_zip(const std::filesystem::path &path);

} // namespace keyaki::importers
