#include "server/text_file.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace keyaki::server {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} * 1024; // most files of ours are smaller, and the library reads larger ones in such pieces

} // namespace

std::string read_text_file(const std::filesystem::path &file, std::size_t max_bytes) {
    std::error_code failure;
    const auto status = std::filesystem::status(file, failure);
    if (!std::filesystem::exists(status)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", file.string()));
    }
    std::ifstream in(file, std::ios::binary);
    if (!std::filesystem::is_regular_file(status) || !in) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} cannot be read as a file", file.string()));
    }
    // Piece by piece: a buffer of the limit's size would cost a small file the zeroing of megabytes.
    std::string text;
    for (std::size_t size = 0; in && size <= max_bytes; size = text.size()) {
        text.resize(std::min(size + piece_bytes, max_bytes + 1));
        in.read(text.data() + size, static_cast<std::streamsize>(text.size() - size));
        text.resize(size + static_cast<std::size_t>(in.gcount()));
    }
    if (text.size() > max_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} has more than {} bytes", file.string(), max_bytes));
    }
    return text;
}

void write_text_file(const std::filesystem::path &file, std::string_view text) {
    const std::filesystem::path partial = file.string() + ".partial";
    std::ofstream out(partial, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    std::error_code failure;
    if (out) {
        std::filesystem::rename(partial, file, failure);
    }
    if (!out || failure) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} cannot be written", file.string()));
    }
}

} // namespace keyaki::server
