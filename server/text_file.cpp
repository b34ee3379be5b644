#include "server/text_file.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <fstream>

namespace keyaki::server {

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
    std::string text(max_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} has more than {} bytes", file.string(), max_bytes));
    }
    return text;
}

} // namespace keyaki::server
