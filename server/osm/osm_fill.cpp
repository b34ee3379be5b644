#include "server/osm/osm_fill.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/osm/osm_drafts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

namespace {

/// A map without anything on it would empty the layers of the one before: it is a mistake of the file or of the box.
void require_features(const importers::OsmReport &report, const std::filesystem::path &file, bool has_box) {
    const bool has_any = std::any_of(report.features.begin(), report.features.end(), [](const auto &layer) { return layer.second > 0; });
    if (!has_any) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("{}: expected roads, buildings or other things that the layers show{}, found none among {} nodes, {} ways and {} "
                        "relations; nothing was changed",
                        file.string(), has_box ? " within the box" : "", report.nodes, report.ways, report.relations));
    }
}

/// While this lives no extract is kept; then the one before is again, unless it is to stay so.
class ExtractSetAside {
  public:
    explicit ExtractSetAside(data::Store &store) : m_store(store) {
        m_store.write([this](data::WriteTransaction &books) { m_extract = books.set_aside_osm_extract(); });
    }
    ~ExtractSetAside() {
        try {
            if (m_extract > 0) {
                m_store.write([this](data::WriteTransaction &books) { books.restore_osm_extract(m_extract); });
            }
        } catch (const geo::Error &) { // the database is gone or full: then none is kept, which the next change file hears
        }
    }
    ExtractSetAside(const ExtractSetAside &) = delete;
    ExtractSetAside &operator=(const ExtractSetAside &) = delete;
    void stay() noexcept { m_extract = 0; }

  private:
    data::Store &m_store;
    std::int64_t m_extract = 0;
};

} // namespace

OsmImportOutcome fill_drafts(data::Store &store, const OsmImport &import, const importers::Progress &progress,
                             const std::function<void(OsmImportOutcome &)> &prepare) {
    OsmDrafts drafts(store, import.author, import.conflicts);
    OsmImportOutcome outcome;
    const auto sink = [&](std::string_view layer, geo::Feature &&feature) { drafts.put(layer, std::move(feature)); };
    outcome.report = importers::read_osm_in_child(importers::own_program, import.file, {import.box}, sink, progress);
    require_features(outcome.report, import.file, import.box.has_value());
    prepare(outcome);
    ExtractSetAside aside(store);
    outcome.layers = drafts.commit();
    aside.stay();
    outcome.left_alone = drafts.own();
    outcome.findings = drafts.take_findings();
    return outcome;
}

} // namespace keyaki::server
