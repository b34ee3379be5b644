#include "server/packs/file_hash.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

namespace keyaki::server::packs {

void read_pieces(const std::filesystem::path &file, const std::function<void(std::string_view)> &see) {
    std::ifstream in(file, std::ios::binary);
    std::string piece(std::size_t{256} * 1024, '\0');
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        see(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    if (!in.eof()) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be read", file.string()));
    }
}

FileHash hash_file(const std::filesystem::path &file) {
    if (!std::filesystem::is_regular_file(file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", file.string()));
    }
    data::RunningHash hash;
    FileHash found;
    read_pieces(file, [&](std::string_view piece) {
        hash.add(piece);
        found.bytes += piece.size();
    });
    found.sha256 = hash.finish();
    return found;
}

} // namespace keyaki::server::packs
