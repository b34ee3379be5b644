#include "server/osm/replication_folder.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace keyaki::server {

ReplicationFolder::ReplicationFolder(std::filesystem::path folder) : m_folder(std::move(folder)) {
    std::ifstream in(m_folder / "state.txt");
    constexpr std::string_view key = "sequenceNumber=";
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) {
            const auto [end, problem] = std::from_chars(line.data() + key.size(), line.data() + line.size(), m_newest);
            if (problem == std::errc() && m_newest > 0) {
                return;
            }
        }
    }
    throw geo::Error(
        geo::ErrorKind::invalid_input,
        fmt::format("{}: expected a line sequenceNumber=… that says which changes are the newest, found none", (m_folder / "state.txt").string()));
}

std::filesystem::path ReplicationFolder::file(std::uint64_t sequence) const {
    const std::filesystem::path stem = m_folder / fmt::format("{:03}", sequence / 1'000'000) / fmt::format("{:03}", sequence / 1'000 % 1'000) /
                                       fmt::format("{:03}", sequence % 1'000);
    for (const char *extension : {".osc.gz", ".osc.bz2", ".osc"}) {
        if (std::filesystem::path file = stem; std::filesystem::exists(file += extension)) {
            return file;
        }
    }
    throw geo::Error(
        geo::ErrorKind::not_found,
        fmt::format("expected change {} at {}.osc.gz, found none: changes must follow each other without a gap", sequence, stem.string()));
}

} // namespace keyaki::server
