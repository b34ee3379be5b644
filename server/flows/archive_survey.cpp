#include "server/flows/archive_survey.hpp"

#include "data/mbtiles_reader.hpp"
#include "geo/error.hpp"
#include "server/flows/archive_file.hpp"
#include "server/flows/shared_work.hpp"
#include "server/limits.hpp"
#include "tiles/archive_description.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_check.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace keyaki::server {

namespace {

constexpr int no_zoom = -1; ///< of what concerns the archive, not one tile
constexpr const char *pmtiles_standard = "PMTiles 3";
constexpr const char *mbtiles_standard = "MBTiles 1.3";

/// One tile, as it is stored.
struct StoredTile {
    geo::TileId address;
    std::string bytes;
};

void survey_tile(tiles::TileSurvey &survey, const StoredTile &tile, bool is_gzipped, const std::string &archive, const char *standard) {
    const std::string where = fmt::format("{}/{}/{} of {}", tile.address.z, tile.address.x, tile.address.y, archive);
    try {
        survey.survey(is_gzipped ? tiles::gunzip(tile.bytes, tiles::max_tile_bytes) : tile.bytes, tile.address.z, where);
    } catch (const geo::Error &error) {
        survey.note(tile.address.z, {where, {true, "tile data", error.what()}, standard});
    }
}

tiles::TileSurvey sum_of(const std::vector<tiles::TileSurvey> &surveys) {
    tiles::TileSurvey sum;
    for (const tiles::TileSurvey &survey : surveys) {
        sum.add(survey);
    }
    return sum;
}

constexpr const char *pmtiles_layers_section = "Metadata";
constexpr const char *mbtiles_layers_section = "Vector tileset metadata";

/// What was found in the tiles against what `json` says that there is.
tiles::TileSurvey with_layers_checked(tiles::TileSurvey survey, std::string_view json, const std::string &archive, bool is_pmtiles) {
    const std::string section = is_pmtiles ? pmtiles_layers_section : mbtiles_layers_section;
    if (tiles::check_vector_layers(json, section).empty()) {
        for (const tiles::ArchiveFinding &finding : tiles::check_layer_names(json, survey.layers(), section)) {
            survey.note(no_zoom, {archive, {finding.is_error, finding.section, finding.sentence}, is_pmtiles ? pmtiles_standard : mbtiles_standard});
        }
    }
    return survey;
}

tiles::TileSurvey survey_pmtiles(const std::filesystem::path &path, unsigned threads, const TileProgress &progress) {
    const tiles::PmtilesReader reader(path);
    const tiles::PmtilesContents found = tiles::check_pmtiles(reader);
    std::vector<tiles::TileSurvey> surveys(threads);
    for (const tiles::ArchiveFinding &finding : found.findings) {
        surveys[0].note(no_zoom, {path.string(), {finding.is_error, finding.section, finding.sentence}, pmtiles_standard});
    }
    const tiles::PmtilesCompression compression = reader.header().tile_compression;
    const bool is_gzipped = compression == tiles::PmtilesCompression::gzip;
    if (!is_gzipped && compression != tiles::PmtilesCompression::none) {
        surveys[0].note(no_zoom, {path.string(),
                                  {true, "Header Design", fmt::format("expected tiles that are plain or gzipped, found {}", name_of(compression))},
                                  pmtiles_standard});
        return sum_of(surveys);
    }
    SharedWork(found.contents.size(), progress).run(threads, [&](unsigned thread, std::size_t index) {
        const tiles::PmtilesEntry &entry = found.contents[index];
        const geo::TileId address = *geo::tile_of_hilbert_id(entry.id);
        survey_tile(surveys[thread], {address, reader.read(entry)}, is_gzipped, path.string(), pmtiles_standard);
    });
    return with_layers_checked(sum_of(surveys), reader.metadata(), path.string(), true);
}

/// Tiles that are read one after the other and checked by several threads, some at a time.
class Batches {
  public:
    Batches(unsigned threads, const TileProgress &progress, std::uint64_t total, std::string archive)
        : m_surveys(threads), m_progress(progress), m_total(total), m_archive(std::move(archive)) {}

    void add(StoredTile tile) {
        m_bytes += tile.bytes.size();
        m_waiting.push_back(std::move(tile));
        if (m_waiting.size() == waiting_tiles_max || m_bytes >= waiting_tiles_bytes) {
            survey_waiting();
        }
    }
    void survey_waiting() {
        const TileProgress silent = [&](std::uint64_t done, std::uint64_t, std::string_view unit) { m_progress(m_done + done, m_total, unit); };
        SharedWork(m_waiting.size(), silent).run(static_cast<unsigned>(m_surveys.size()), [&](unsigned thread, std::size_t index) {
            survey_tile(m_surveys[thread], m_waiting[index], true, m_archive, mbtiles_standard);
        });
        m_done += m_waiting.size();
        m_waiting.clear();
        m_bytes = 0;
    }
    [[nodiscard]] std::vector<tiles::TileSurvey> &surveys() { return m_surveys; }

  private:
    std::vector<tiles::TileSurvey> m_surveys;
    const TileProgress &m_progress;
    std::uint64_t m_total;
    std::string m_archive;
    std::vector<StoredTile> m_waiting;
    std::size_t m_bytes = 0;
    std::uint64_t m_done = 0;
};

std::vector<tiles::ArchiveFinding> check_metadata(const data::MbtilesReader &reader) {
    const std::string section = "Metadata";
    std::vector<tiles::ArchiveFinding> findings = tiles::check_vector_layers(reader.value_of("json"), mbtiles_layers_section);
    if (reader.value_of("name").empty()) {
        findings.push_back({true, section, "expected a row \"name\", found none"});
    }
    if (const std::string_view format = reader.value_of("format"); format != "pbf") {
        findings.push_back({true, section, fmt::format("expected the format pbf, found \"{}\"", format)});
    }
    for (const std::string_view name : {"bounds", "minzoom", "maxzoom"}) {
        if (reader.value_of(name).empty()) {
            findings.push_back({false, section, fmt::format("expected a row \"{}\", found none", name)});
        }
    }
    return findings;
}

tiles::TileSurvey survey_mbtiles(const std::filesystem::path &path, unsigned threads, const TileProgress &progress) {
    const data::MbtilesReader reader(path);
    Batches batches(threads, progress, reader.tile_count(), path.string());
    tiles::TileSurvey &first = batches.surveys().front();
    for (const tiles::ArchiveFinding &finding : check_metadata(reader)) {
        first.note(no_zoom, {path.string(), {finding.is_error, finding.section, finding.sentence}, mbtiles_standard});
    }
    reader.for_each_tile([&](geo::TileId tile, std::string_view bytes) { batches.add({tile, std::string(bytes)}); });
    batches.survey_waiting();
    return with_layers_checked(sum_of(batches.surveys()), reader.value_of("json"), path.string(), false);
}

} // namespace

tiles::TileSurvey survey_archive(const std::filesystem::path &path, unsigned threads, const TileProgress &progress) {
    const bool is_pmtiles = archive_format_of(path) == ArchiveFormat::pmtiles;
    try {
        return is_pmtiles ? survey_pmtiles(path, threads, progress) : survey_mbtiles(path, threads, progress);
    } catch (const geo::Error &error) {
        if (error.kind() != geo::ErrorKind::invalid_input) {
            throw;
        }
        tiles::TileSurvey survey;
        survey.note(no_zoom, {path.string(), {true, "the file", error.what()}, is_pmtiles ? pmtiles_standard : mbtiles_standard});
        return survey;
    }
}

} // namespace keyaki::server
