#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace keyaki::server::packs {

struct ZipFile {
    std::filesystem::path file;
    std::string name; ///< in the archive, with slashes; ASCII
};

/// Writes the files as one ZIP archive (PKWARE's APPNOTE 6.3.3, without its 64-bit form), which every system opens by itself. What shrinks is
/// deflated, archives and pictures are stored. The same files and time give the same bytes. The archive appears under its name, in the place of one
/// that is there, when it is whole and synced. Memory: one file of at most max_deflated_bytes, of larger ones a piece.
/// `time_us`: Unix time that all files are given, told in Japan's. Error too_large past 4 GiB or 65,535 files; unavailable.
void write_zip(const std::filesystem::path &archive, const std::vector<ZipFile> &files, std::int64_t time_us);

} // namespace keyaki::server::packs
