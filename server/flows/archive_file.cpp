#include "server/flows/archive_file.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::server {

namespace {

[[noreturn]] void refuse_existing(const std::filesystem::path &path) {
    throw geo::Error(geo::ErrorKind::conflict,
                     fmt::format("{} is there already: name a file that does not exist yet, or say that it is to be replaced", path.string()));
}

/// Before anything is made beside it.
std::filesystem::path checked(std::filesystem::path path, ArchiveFile::Existing existing) {
    ArchiveFile::check(path, existing);
    return path;
}

} // namespace

std::optional<ArchiveFormat> archive_format_of(const std::filesystem::path &path) {
    const std::string ending = path.extension().string();
    if (ending == ".pmtiles") {
        return ArchiveFormat::pmtiles;
    }
    return ending == ".mbtiles" ? std::optional(ArchiveFormat::mbtiles) : std::nullopt;
}

void ArchiveFile::check(const std::filesystem::path &path, Existing existing) {
    if (!archive_format_of(path)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a name that ends in .pmtiles or .mbtiles, found {}", path.string()));
    }
    std::error_code none;
    const auto status = std::filesystem::symlink_status(path, none);
    const bool may_replace = existing == Existing::replace && !std::filesystem::is_directory(status);
    if (std::filesystem::exists(status) && !may_replace) {
        refuse_existing(path);
    }
}

ArchiveFile::ArchiveFile(std::filesystem::path path, tiles::ArchiveDescription description, Existing existing)
    : m_path(checked(std::move(path), existing)), m_description(std::move(description)), m_existing(existing), m_partial(m_path) {
    if (archive_format_of(m_path) == ArchiveFormat::pmtiles) {
        m_pmtiles = std::make_unique<tiles::PmtilesWriter>(m_partial.path(), m_description);
    } else {
        m_mbtiles = std::make_unique<data::MbtilesWriter>(m_partial.path());
    }
}

ArchiveFile::~ArchiveFile() = default;

void ArchiveFile::add(geo::TileId tile, std::string_view gzipped) { m_pmtiles ? m_pmtiles->add(tile, gzipped) : m_mbtiles->add(tile, gzipped); }

tiles::ArchiveOutcome ArchiveFile::finish_content() {
    if (m_pmtiles) {
        const tiles::ArchiveOutcome outcome = m_pmtiles->finish();
        m_pmtiles.reset();
        return outcome;
    }
    const data::MbtilesOutcome outcome = m_mbtiles->outcome();
    m_mbtiles->finish(tiles::mbtiles_metadata(m_description, outcome.zoom_min, outcome.zoom_max));
    m_mbtiles.reset(); // closes the file
    return {outcome.tiles, outcome.contents, std::filesystem::file_size(m_partial.path())};
}

tiles::ArchiveOutcome ArchiveFile::finish() {
    const tiles::ArchiveOutcome outcome = finish_content();
    if (m_existing == Existing::replace) {
        m_partial.replace_name();
    } else if (!m_partial.give_name()) {
        refuse_existing(m_path);
    }
    return outcome;
}

} // namespace keyaki::server
