#include "tests/broken_files/outcome.hpp"

#include "geo/error.hpp"
#include "server/flows/archive_survey.hpp"
#include "server/flows/base_map.hpp"
#include "server/flows/import.hpp"
#include "server/osm/osm_import.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

namespace keyaki::test {

namespace {

constexpr const char *layer_id = "kept";

std::string first_reasons(const importers::ImportReport &report) {
    std::vector<std::string> parts;
    if (!report.refusals.empty()) {
        const importers::Refusal &row = report.refusals.front();
        parts.push_back(fmt::format("row {}{}: {}", row.row, row.column.empty() ? "" : fmt::format(", {} = {}", row.column, row.value), row.reason));
    }
    parts.insert(parts.end(), report.warnings.begin(), report.warnings.end());
    return fmt::format("{}", fmt::join(parts, "; "));
}

/// The first sentence of a refusal and what it says of rows and warnings; the rest is the report as usual.
std::string in_short(const std::string &sentence) {
    std::istringstream lines(sentence);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
        if (kept.empty() || line.starts_with("refused") || line.starts_with("warning")) {
            kept += (kept.empty() ? "" : " | ") + line;
        }
    }
    return sentence.find("\nformat: ") == std::string::npos ? sentence : kept;
}

std::string counts_of(const importers::ImportReport &report) {
    std::string counts = fmt::format("{}: {} read, {} accepted, {} refused", report.driver, report.rows_read, report.accepted, report.refused);
    for (const auto &[kind, rows] : report.repaired) {
        counts += fmt::format(", {} {}", rows, kind);
    }
    return counts;
}

std::string counts_of(const importers::OsmReport &report) {
    std::uint64_t features = 0;
    for (const auto &[layer, count] : report.features) {
        features += count;
    }
    std::string counts = fmt::format("{}: {} nodes, {} ways, {} relations read, {} features, {} refused", report.format, report.nodes, report.ways,
                                     report.relations, features, report.refused);
    const std::pair<std::uint64_t, const char *> others[] = {
        {report.missing_nodes, "missing nodes"},     {report.cut_lines, "cut lines"},
        {report.deleted_objects, "deleted objects"}, {report.duplicate_objects, "duplicate objects"},
        {report.nodes_off_earth, "nodes off Earth"}, {report.repaired_texts, "repaired texts"}};
    for (const auto &[count, what] : others) {
        counts += count > 0 ? fmt::format(", {} {}", count, what) : "";
    }
    return counts;
}

std::string first_reasons(const importers::OsmReport &report) {
    return report.refusals.empty() ? "" : fmt::format("{}: {}", report.refusals.front().object, report.refusals.front().reason);
}

} // namespace

BrokenFileCity::BrokenFileCity() : m_store(data::open_store({.file = m_folder / "city.sqlite", .create = true, .readers = 1})) {
    const auto file = m_folder.write("kept.csv", "name,lat,lon\nshelter,35.79,139.53\npark,35.78,139.52\n");
    server::LayerImport import;
    import.layer.id = layer_id;
    import.file = file;
    import.author = "test";
    static_cast<void>(server::import_layer(*m_store, import, {}));
    m_store->write([](data::WriteTransaction &books) { books.publish(layer_id, "test", "the first", false, server::now_us()); });
    std::filesystem::remove(file);
    m_content = content();
}

std::string BrokenFileCity::content() const {
    std::string content;
    for (const data::Layer &layer : m_store->layers()) {
        content += fmt::format("layer {} {} {} {} {}\n", layer.spec.id, layer.spec.title_ja, layer.revision, layer.feature_count, layer.has_draft);
        for (const data::Revision &revision : m_store->revisions(layer.spec.id)) {
            content += fmt::format("revision {} {} {}\n", revision.number, revision.message, revision.feature_count);
        }
        const data::DraftChanges changes = m_store->draft_changes(layer.spec.id);
        content += fmt::format("draft {} {} {}\n", changes.added, changes.changed, changes.removed);
        m_store->read_features(layer.spec.id, data::LayerState::published(), [&](geo::Feature &&feature) {
            content += fmt::format("{} {} {}\n", feature.id, feature.geometry.positions.front().lon_deg, feature.properties.size());
        });
    }
    for (const data::AuditEntry &entry : m_store->audit(1'000'000)) { // which also tells of new layers that were taken away again
        content += entry.action == "layer.create" || entry.action == "layer.forget" ? "" : fmt::format("audit {} {}\n", entry.time_us, entry.action);
    }
    return content;
}

void BrokenFileCity::discard_drafts() {
    for (const data::Layer &layer : m_store->layers()) {
        if (layer.has_draft) {
            m_store->write([&](data::WriteTransaction &books) { books.discard_draft(layer.spec.id, "test", server::now_us()); });
        }
    }
    m_content = content();
}

Outcome BrokenFileCity::import_city_file(const std::filesystem::path &file, const std::string &layer_in_file) {
    server::LayerImport import;
    import.layer.id = layer_id;
    import.file = file;
    import.author = "test";
    if (!layer_in_file.empty()) {
        import.options.layer_in_file = layer_in_file;
    }
    const importers::ImportReport report = server::import_layer(*m_store, import, {}).report;
    return {"imported", counts_of(report), first_reasons(report)};
}

Outcome BrokenFileCity::import_osm_file(const std::filesystem::path &file) {
    const importers::OsmReport report = server::import_osm(*m_store, {file, std::nullopt, server::imports::ConflictRule::draft, "test"}, {}).report;
    return {"imported", counts_of(report), first_reasons(report)};
}

Outcome BrokenFileCity::import(FileKind kind, const std::filesystem::path &file, const std::string &layer_in_file) {
    try {
        Outcome outcome = kind == FileKind::city ? import_city_file(file, layer_in_file) : import_osm_file(file);
        discard_drafts();
        return outcome;
    } catch (const geo::Error &error) {
        const bool is_unchanged = content() == m_content;
        return {"refused", "", is_unchanged ? in_short(error.what()) : fmt::format("THE DATABASE WAS CHANGED, although: {}", error.what())};
    }
}

Outcome build_tiles(const std::filesystem::path &file) {
    const TemporaryFolder folder;
    const std::filesystem::path archive = folder.path() / "map.pmtiles";
    const server::TileProgress nobody = [](std::uint64_t, std::uint64_t, std::string_view) {};
    try {
        const server::BaseMapOutcome outcome =
            server::build_base_map(archive, {file, std::nullopt, 2}, server::ArchiveFile::Existing::refuse, nobody);
        const std::uint64_t violations = server::survey_archive(archive, 1, nobody).total().violations;
        const std::string counts = fmt::format("{} tiles; {}", outcome.archive.tiles, counts_of(outcome.report.osm));
        return {"built", counts, violations > 0 ? fmt::format("{} VIOLATIONS", violations) : first_reasons(outcome.report.osm)};
    } catch (const geo::Error &error) {
        return {"refused", "",
                std::filesystem::is_empty(folder.path()) ? error.what() : fmt::format("SOMETHING WAS LEFT, although: {}", error.what())};
    }
}

} // namespace keyaki::test
