#include "server/flows/import.hpp"

#include "importers/osm_rules.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace keyaki::server {

namespace {

/// What the licence asks to be shown (ODbL 1.0, 4.3; openstreetmap.org/copyright); also how a layer is known to be OpenStreetMap's.
constexpr std::string_view osm_attribution = "© OpenStreetMap contributors";

data::LayerGeometry geometry_of(const importers::OsmLayer &layer) {
    if (layer.points && !layer.lines && !layer.polygons) {
        return data::LayerGeometry::point;
    }
    if (layer.lines && !layer.points && !layer.polygons) {
        return data::LayerGeometry::line;
    }
    if (layer.polygons && !layer.points && !layer.lines) {
        return data::LayerGeometry::polygon;
    }
    return data::LayerGeometry::any;
}

data::LayerSpec spec_of(const importers::OsmLayer &layer) {
    data::LayerSpec spec;
    spec.id = layer.id;
    spec.title_ja = layer.title_ja;
    spec.title_en = layer.title_en;
    spec.geometry = geometry_of(layer);
    spec.attribution = osm_attribution;
    spec.zoom_min = layer.zoom_min;
    return spec;
}

/// The drafts that an import fills. Layers of OpenStreetMap that are there get theirs at once, so that what the file no longer has goes; new ones
/// with their first feature, so that a file that cannot be read leaves no empty layers behind.
class Drafts {
  public:
    Drafts(data::Store &store, std::string author) : m_store(store), m_author(std::move(author)) {
        for (const importers::OsmLayer &layer : importers::osm_layers()) {
            const auto known = store.find_layer(layer.id);
            if (known && known->spec.attribution != osm_attribution) {
                m_own.push_back(std::string(layer.id));
            } else if (known) {
                open(layer);
            }
        }
    }

    /// Layers of these names that are the city's own work; they stay as they are.
    [[nodiscard]] const std::vector<std::string> &own() const noexcept { return m_own; }

    void put(std::string_view layer, geo::Feature &&feature) {
        auto found = m_drafts.find(layer);
        if (found == m_drafts.end()) {
            if (std::find(m_own.begin(), m_own.end(), layer) != m_own.end()) {
                return;
            }
            const auto layers = importers::osm_layers();
            found = open(*std::find_if(layers.begin(), layers.end(), [layer](const importers::OsmLayer &known) { return known.id == layer; }));
        }
        found->second->put(std::move(feature));
    }

    [[nodiscard]] std::map<std::string, data::DraftChanges> commit() {
        std::map<std::string, data::DraftChanges> changes;
        for (const auto &[layer, draft] : m_drafts) {
            changes.emplace(layer, draft->commit());
        }
        return changes;
    }

  private:
    using ByLayer = std::map<std::string, std::unique_ptr<data::DraftWriter>, std::less<>>;

    ByLayer::iterator open(const importers::OsmLayer &layer) {
        ensure_layer(m_store, spec_of(layer), m_author);
        return m_drafts.emplace(layer.id, m_store.write_draft(layer.id, data::Store::DraftMode::replace, m_author)).first;
    }

    data::Store &m_store;
    std::string m_author;
    ByLayer m_drafts;
    std::vector<std::string> m_own;
};

} // namespace

OsmImportOutcome import_osm(data::Store &store, const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box,
                            const std::string &author, const importers::Progress &progress) {
    Drafts drafts(store, author);
    OsmImportOutcome outcome;
    const auto sink = [&](std::string_view layer, geo::Feature &&feature) { drafts.put(layer, std::move(feature)); };
    outcome.report = importers::read_osm_file(file, {box}, sink, progress);
    outcome.layers = drafts.commit();
    outcome.left_alone = drafts.own();
    return outcome;
}

} // namespace keyaki::server
